import { createReadStream, type ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import yazl from 'yazl';

/** A file of the zip: its text, or the bytes that lie at a path. */
export type Member = { readonly name: string } & (
  | { readonly text: string }
  | { readonly path: string; readonly bytes: number }
);

export interface StreamedZip {
  readonly stream: Readable;
  readonly bytes: number;
}

/** The first moment of a zip: the time of packing says nothing of the files. */
const LONG_AGO = new Date(1980, 0, 1);

/** Pack while it is read. Nothing is compressed, since photos and weights hardly shrink: so the length is known at once. */
export function streamZip(members: readonly Member[]): StreamedZip {
  const zip = new yazl.ZipFile();
  const options = { compress: false, mtime: LONG_AGO, mode: 0o100644 };
  let open: ReadStream | undefined;
  for (const member of members) {
    if ('text' in member) zip.addBuffer(Buffer.from(member.text), member.name, options);
    else
      zip.addReadStreamLazy(member.name, { ...options, size: member.bytes }, (ready) => {
        open = createReadStream(member.path);
        open.once('error', (error) => zip.emit('error', error));
        ready(null, open);
      });
  }
  const stream = zip.outputStream as Readable;
  zip.on('error', (error) => stream.destroy(error as Error));
  stream.once('close', () => open?.destroy());
  let bytes = 0;
  zip.end({ comment: '', forceZip64Format: false }, (...sizes: number[]) => {
    bytes = sizes[0] ?? 0;
  });
  return { stream, bytes };
}
