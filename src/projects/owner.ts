import { type Static, Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';

// Whose project it is, as far as names say it. Where none does, it belongs to the address that it came from.

const Owner = Type.Object({
  /** Several: all of them are at the address that it came from, and nobody has said whose it is. */
  names: Type.Array(Type.String()),
  /** Somebody has said whose it is; else the names are those that were seen at the address. */
  confirmed: Type.Boolean(),
});

/** The file as earlier versions wrote it. */
const EarlierOwner = Type.Object({ names: Type.Array(Type.String()), told: Type.Boolean() });

export type Owner = Readonly<Static<typeof Owner>>;

export const NOBODY: Owner = { names: [], confirmed: false };

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
  const stored = await readOwnJson(path, Type.Union([Owner, EarlierOwner]));
  return stored && 'told' in stored ? { names: stored.names, confirmed: stored.told } : stored;
}

export function ownerText({ names, confirmed }: Owner): string {
  return JSON.stringify({ names, confirmed });
}
