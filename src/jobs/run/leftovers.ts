import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../files/tree.ts';

/** What a child builds in the folder of its job, by the names of python/mai: scratch, and outputs that are not whole yet. */
const UNFINISHED = /^\.(scratch-|output\.|converted\.)/;

/**
 * Removes from the folder of a job what a child that was ended could not remove itself: 100 MB and more of a conversion.
 * Never rejects: what cannot be removed now goes with the folder.
 */
export async function removeLeftovers(root: string): Promise<void> {
  const names = await readdir(root).catch((): string[] => []);
  const left = names.filter((name) => UNFINISHED.test(name));
  await Promise.allSettled(left.map((name) => removeTree(join(root, name))));
}
