import { type Static, Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { ProjectPaths } from './paths.ts';

// Which samples were deleted everywhere, as far as it may be known afterwards: when, and which trainings had used them.

const Deletion = Type.Object({ at: Type.Number(), trainings: Type.Array(Type.String()) });
export type Deletion = Static<typeof Deletion>;
const Deletions = Type.Object({ deletions: Type.Array(Deletion) });

/** Oldest first. A file that cannot be ours says nothing. */
export async function readDeletions({ deletions }: ProjectPaths): Promise<readonly Deletion[]> {
  try {
    return (await readOwnJson(deletions, Deletions))?.deletions ?? [];
  } catch (error) {
    if (error instanceof DamagedFile) return [];
    throw error;
  }
}

export async function writeDeletions({ deletions: path }: ProjectPaths, deletions: readonly Deletion[]): Promise<void> {
  await replaceFile(path, JSON.stringify({ deletions }));
}

/** How many of the samples that a training used were deleted since. */
export function deletedOf(deletions: readonly Deletion[], training: string): number {
  return deletions.filter(({ trainings }) => trainings.includes(training)).length;
}
