import { type Static, Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';

// Whose project it is, as far as names say it. Where none does, it belongs to the address that it came from.

const Owner = Type.Object({
  /** Several: all of them are at the address that it came from, and nobody has said whose it is. */
  names: Type.Array(Type.String()),
  /** Somebody has said it; else the names are those that were seen at the address. */
  told: Type.Boolean(),
});
export type Owner = Readonly<Static<typeof Owner>>;

export const NOBODY: Owner = { names: [], told: false };

/** A file that cannot be ours says nothing. */
export async function readOwner(path: string): Promise<Owner> {
  try {
    return (await readOwnOwner(path)) ?? NOBODY;
  } catch (error) {
    if (error instanceof DamagedFile) return NOBODY;
    throw error;
  }
}

/** Throws DamagedFile for one that cannot be ours, or what the system says. */
export async function readOwnOwner(path: string): Promise<Owner | undefined> {
  return readOwnJson(path, Owner);
}

export function ownerText({ names, told }: Owner): string {
  return JSON.stringify({ names, told });
}
