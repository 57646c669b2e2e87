import { createHash } from 'node:crypto';
import { nameParts } from '../projects/stored-name.ts';

// Which folder holds which label: docs/disk.md § Names on disk, "Finding". python/mai/data/stored_name.py is the same.

const HASHED = /~[0-9a-f]{16}(?:\.[A-Za-z0-9]{1,15})?$/;

/** Which of a folder's entries belongs to which of the names wanted; names without one are absent. An entry is one name's alone. */
export function findStored(entries: Iterable<string>, names: readonly string[]): Map<string, string> {
  const free = new Set(entries);
  const hashed = new Map(
    [...free].flatMap((entry) => (HASHED.exec(entry) ?? []).map((mark) => [mark, entry] as const)),
  );
  const composed = new Map([...free].reverse().map((entry) => [entry.normalize('NFC'), entry]));
  const byHash = (name: string) => {
    const { stem, extension } = nameParts(name);
    // the second for names that differ in the case of their extension alone
    return hashed.get(tail(stem, extension)) ?? hashed.get(tail(name, extension));
  };
  const readings: readonly ((name: string) => string | undefined)[] = [
    (name) => name,
    byHash,
    (name) => byHash(name.normalize('NFC')),
    (name) => byHash(name.normalize('NFD')),
    (name) => composed.get(name.normalize('NFC')),
  ];
  const found = new Map<string, string>();
  for (const reading of readings) {
    for (const name of names) {
      const entry = found.has(name) ? undefined : reading(name);
      if (entry !== undefined && free.delete(entry)) found.set(name, entry);
    }
  }
  return found;
}

function tail(text: string, extension: string): string {
  return `~${createHash('sha256').update(text).digest('hex').slice(0, 16)}${extension}`;
}
