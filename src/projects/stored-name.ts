import { createHash } from 'node:crypto';

// Names on disk: docs/disk.md § Names on disk. python/mai/data/stored_name.py is the other end;
// both are compared with test/fixtures/stored-names.json.

const MAX_NAME_BYTES = 255;
const MAX_EXTENSION_BYTES = 16;
const MAX_STEM_BYTES = MAX_NAME_BYTES - MAX_EXTENSION_BYTES;
const HASH_DIGITS = 16;
const KEPT_BYTES = 200;

const EXTENSION = /\.[A-Za-z0-9]{1,15}$/;
/** What Windows keeps for itself, whatever follows the first dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
const UNSAFE = /[<>:"|?*\\/\u0000-\u001f\u007f]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');

export interface NameParts {
  readonly stem: string;
  /** With its dot; empty where there is none. */
  readonly extension: string;
}

/** The name that a file, folder or label has on disk: itself where every system can hold it. */
export function storedName(name: string): string {
  return isPlain(name) ? name : distinctName(name);
}

/** The name in the form that no other name shares, for one that differs from another in case or Unicode form alone. */
export function distinctName(name: string): string {
  const { stem, extension } = nameParts(name);
  return hashedName(stem, stem, extension);
}

/** The same for names that differ in the case of their extension alone: the hash is that of the whole name. */
export function distinctFile(name: string): string {
  const { stem, extension } = nameParts(name);
  return hashedName(stem, name, extension);
}

/** Only the stem decides about a name, so that a photo and its annotation keep a common one. */
export function nameParts(name: string): NameParts {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  return { stem: name.slice(0, name.length - extension.length), extension };
}

function isPlain(name: string): boolean {
  return (
    name !== '' &&
    !UNSAFE.test(name) &&
    !/[. ]$/.test(name) &&
    !DEVICE.test(name) &&
    Buffer.byteLength(nameParts(name).stem) <= MAX_STEM_BYTES
  );
}

function hashedName(stem: string, hashed: string, extension: string): string {
  const readable = stem.replace(EACH_UNSAFE, '_').replace(/^\./, '_');
  const hash = createHash('sha256').update(hashed).digest('hex').slice(0, HASH_DIGITS);
  return `${firstBytes(DEVICE.test(stem) ? `_${readable}` : readable, KEPT_BYTES)}~${hash}${extension}`;
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
