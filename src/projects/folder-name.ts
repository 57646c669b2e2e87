import { createHash } from 'node:crypto';

// The name that a project's folder gets. A plain id is its own folder. Every other id gets a beginning that
// people can read, `~`, and the first hex digits of the SHA-256 of the whole id: `~` stands in no plain id,
// so the two kinds never meet. docs/disk.md § The folder of a project.

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;
const HASHED = /~([0-9a-f]+)$/;
/** Windows opens a device where a file has such a name. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;
const MAX_READABLE_BYTES = 90;
export const HASH_DIGITS = 16;
/** Of a second id whose first digits are the same. */
export const ALL_DIGITS = 64;

/** Whether an id may be the name of its own folder on every file system. */
export function isPlainId(id: string): boolean {
  return PLAIN.test(id) && !DEVICE.test(id);
}

export function hashedFolder(id: string, digits: number): string {
  return `${readable(id)}${hashEnding(id, digits)}`;
}

/** The end of the folder's name, by which it is recognised. */
export function hashEnding(id: string, digits: number): string {
  return `~${createHash('sha256').update(id).digest('hex').slice(0, digits)}`;
}

/** Whether the name was made from a hash, so that it does not say the id. `digits`: how many such names have. */
export function isHashedFolder(folder: string, digits: readonly number[]): boolean {
  return digits.includes(HASHED.exec(folder)?.[1]?.length ?? 0);
}

/** What systems keep at the top of a disk, which may be the projects folder. */
const OF_SYSTEMS: ReadonlySet<string> = new Set(['lost+found', 'System Volume Information', '$RECYCLE.BIN']);

/** Names beginning with a dot are the server's own, those with @ are workspaces. */
export function isProjectFolder(name: string): boolean {
  return name !== '' && !/^[.@]/.test(name) && !/[/\\\0]/.test(name) && !OF_SYSTEMS.has(name);
}

/** Two names that some file system takes for one have the same key. Rather too often than too rarely. */
export function foldedName(name: string): string {
  return name.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
}

/** Letters, marks and digits stay; whatever a file system or a shell reads differently becomes `_`. */
function readable(id: string): string {
  const safe = id
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} _-]/gu, '_')
    .trimStart();
  let kept = '';
  for (const character of safe) {
    if (Buffer.byteLength(kept + character) > MAX_READABLE_BYTES) break;
    kept += character;
  }
  return kept || '_';
}
