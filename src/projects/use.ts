import { type Static, Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';
import { UNUSED, type Use } from './keep-rule.ts';

// use.json: when a project was used last, and on how many days it was said that it goes soon.

const StoredUse = Type.Object({ at: Type.Number(), seenDays: Type.Integer(), seenOn: Type.Integer() });

/** A file that cannot be ours says nothing; it is written anew. */
export async function readUse(path: string): Promise<Use> {
  try {
    return ((await readOwnJson(path, StoredUse)) as Static<typeof StoredUse> | undefined) ?? UNUSED;
  } catch (error) {
    if (error instanceof DamagedFile) return UNUSED;
    throw error;
  }
}

export function useText({ at, seenDays, seenOn }: Use): string {
  return JSON.stringify({ at, seenDays, seenOn });
}
