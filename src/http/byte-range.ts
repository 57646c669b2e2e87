/** The bytes of a file that a client asks for, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks of a file (RFC 9110 § 14). Undefined: all of it, as for several ranges,
 * other units and what is no range, which a server may pass over.
 */
export function parseByteRange(header: string | undefined, bytes: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  if (first === '') return within({ start: Math.max(0, bytes - Number(last)), end: bytes - 1 }, bytes);
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return within({ start: Number(first), end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) }, bytes);
}

function within(range: ByteRange, bytes: number): ByteRange | 'unsatisfiable' {
  return range.start < bytes ? range : 'unsatisfiable';
}
