import type { Hash } from 'node:crypto';

// A backup ends with a file that says what is in it, so that one which was cut off or changed is not restored.

export const SUMMARY_FILE = '.backup.json';
export const FORMAT = 1;
/** The key that the server made: with it the pupils' addresses stay the same. The keys of https are in no backup. */
export const KEY_FILE = '.key';

/** What stands in the last file of a backup. */
export interface Summary {
  readonly format: number;
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 over every entry: its line, then its bytes. */
  readonly sha256: string;
}

export interface EntryLine {
  readonly kind: 'file' | 'folder' | 'link';
  readonly path: string;
  readonly size: number;
  /** Of a link: the file that has the same bytes. */
  readonly target: string;
}

export function digestEntry(digest: Hash, { kind, path, size, target }: EntryLine): void {
  digest.update(`${kind}\0${path}\0${size}\0${target}\n`);
}
