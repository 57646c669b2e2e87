import { readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectPaths } from './paths.ts';
import { exists, isFolder, moveIfThere, removeTree } from '../files/tree.ts';
import { EDITS_FILE } from './edits.ts';
import { readOrigin } from './origin.ts';
import { DamagedFile } from '../files/own-json.ts';
import { readUploadRecord } from './upload-record.ts';

// A redo log of one entry: what is renamed to `.next-…` is committed. Each step here can be
// done again after a crash in the middle of it, and is: at the start and at the next access.

/**
 * What an upload is made of, and the changes of the one before, which go with it. upload.json is moved last, and says that
 * an upload is whole.
 */
const UPLOAD_MEMBERS = ['dataset', 'dataset.json', 'project.json', EDITS_FILE, 'upload.json'] as const;

/** Finish the move of a committed upload. `trash` takes what it replaces: deleting 50,000 photos is slow. */
export async function finishUpload(paths: ProjectPaths, trash: string): Promise<void> {
  const { nextUpload, root } = paths;
  if (!(await exists(nextUpload))) return;
  const record = await readUploadRecord(join(nextUpload, 'upload.json'));
  const arriving = new Set(await readdir(nextUpload));
  if (record === undefined) {
    if (arriving.size > 0) throw new DamagedFile(nextUpload, 'its upload.json is missing');
    // all was moved, and only the empty folder was left to remove
    await removeTree(nextUpload);
    return;
  }
  for (const member of UPLOAD_MEMBERS) {
    const here = join(root, member);
    // what is in the record but no longer in the log was moved before a crash; what is in neither is to go
    if (!arriving.has(member) && record.members.includes(member)) continue;
    await moveIfThere(here, join(trash, member));
    if (arriving.has(member)) await rename(join(nextUpload, member), here);
  }
  await removeTree(nextUpload);
}

/**
 * Finish the move of a committed output. The model that it replaces stays with its training, to return to; the time of
 * its folder says until when it was in use.
 */
export async function finishOutput(paths: ProjectPaths, trash: string): Promise<void> {
  if (!(await exists(paths.nextOutput))) return;
  const kept = await placeOfOldModel(paths);
  if (kept !== undefined) await moveIfThere(kept, join(trash, 'model'));
  if (kept !== undefined && (await exists(paths.output))) await utimes(paths.output, new Date(), new Date());
  await moveIfThere(paths.output, kept ?? join(trash, 'output'));
  await rename(paths.nextOutput, paths.output);
}

/** Undefined: nobody needs it. A conversion replaces the same training's model, which it contains. */
async function placeOfOldModel({ output, nextOutput, jobPaths }: ProjectPaths): Promise<string | undefined> {
  const [old, next] = await Promise.all(
    [output, nextOutput].map((folder) => readOrigin(folder).catch(() => undefined)),
  );
  if (old === undefined || next === undefined || old.jobId === next.jobId) return undefined;
  const { root, model } = jobPaths(old.jobId);
  return (await isFolder(root)) ? model : undefined;
}
