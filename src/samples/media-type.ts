/** What browsers may show of a data set, by its first bytes. Anything else is sent as a download, because it could be a page with a program. */
const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^BM/, 'image/bmp'],
  [/^[^]{4}ftyp(?:avif|avis)/, 'image/avif'],
  [/^RIFF[^]{4}WAVE/, 'audio/wav'],
  [/^OggS/, 'audio/ogg'],
  [/^fLaC/, 'audio/flac'],
  // Not FF FE: so begins a page in UTF-16.
  [/^(?:ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfd])/, 'audio/mpeg'],
];

export const LONGEST_SIGNATURE = 12;
export const UNKNOWN_TYPE = 'application/octet-stream';
export const MEDIA_TYPES: readonly string[] = [...new Set(SIGNATURES.map(([, type]) => type)), UNKNOWN_TYPE];

export function mediaTypeOf(head: Uint8Array): string {
  const text = Buffer.from(head).toString('latin1');
  return SIGNATURES.find(([signature]) => signature.test(text))?.[1] ?? UNKNOWN_TYPE;
}
