export interface MultipartFile {
  readonly content: Buffer | string;
  readonly filename?: string;
  readonly type?: string;
}

export interface Multipart {
  readonly payload: Buffer;
  readonly headers: { readonly 'content-type': string };
}

/** A form as browsers send it, its parts in the order given: a text is a field, an object a file. */
export function multipart(parts: readonly (readonly [name: string, value: string | MultipartFile])[]): Multipart {
  const boundary = '----test-boundary-7d81';
  const blocks = parts.map(([name, value]) => {
    const file = typeof value === 'string' ? undefined : value;
    const head =
      file === undefined
        ? `Content-Disposition: form-data; name="${name}"`
        : `Content-Disposition: form-data; name="${name}"; filename="${file.filename ?? 'blob'}"\r\nContent-Type: ${file.type ?? 'application/zip'}`;
    const content = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.content as string);
    return Buffer.concat([Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`), content, Buffer.from('\r\n')]);
  });
  return {
    payload: Buffer.concat([...blocks, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

/** The body of POST /upload. */
export function uploadForm(projectId: string, zip: Buffer): Multipart {
  return multipart([
    ['project', { content: zip }],
    ['project_id', projectId],
  ]);
}
