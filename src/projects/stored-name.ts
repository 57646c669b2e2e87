import { createHash } from 'node:crypto';

// File systems allow 255 bytes a name; 200 Thai letters are 600. A name whose stem is longer than
// what fits is stored as the beginning of the stem, `~`, and 16 hex digits of the SHA-256 of the whole stem.
// Only the stem counts, so that a photo and its annotation keep a common one.
// python/mai/data reads the same rule: docs/architecture.md § Names on disk.

const MAX_NAME_BYTES = 255;
const MAX_EXTENSION_BYTES = 16;
const MAX_STEM_BYTES = MAX_NAME_BYTES - MAX_EXTENSION_BYTES;
const HASH_DIGITS = 16;
const KEPT_BYTES = 200;

/** The name a file, folder or label has on disk. */
export function storedName(name: string): string {
  const extension = /\.[A-Za-z0-9]{1,15}$/.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  if (Buffer.byteLength(stem) <= MAX_STEM_BYTES) return name;
  const hash = createHash('sha256').update(stem).digest('hex').slice(0, HASH_DIGITS);
  return `${firstBytes(stem, KEPT_BYTES)}~${hash}${extension}`;
}

/** As many whole characters as fit: half a character would not be valid UTF-8. */
function firstBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
