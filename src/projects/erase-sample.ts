import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { sha256Of } from '../files/hash-stream.ts';
import { isFolder } from '../files/tree.ts';
import { beginErasing, companionsOf, type Copy, finishErasing } from './erasing.ts';
import { readEdits } from './edits.ts';
import { findCopies } from './find-copies.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project } from './project.ts';
import type { EndedTraining, Erased } from './store.ts';

/** Delete a sample everywhere in a project. For a task that has the project, and its jobs, for itself. */
export async function eraseSample(
  paths: ProjectPaths,
  { type, uploadedAt }: Project,
  file: string,
  trainings: readonly EndedTraining[],
): Promise<Erased | undefined> {
  const copies = await findCopies(paths, file);
  if (copies === undefined) return undefined;
  const used: string[] = [];
  for (const training of trainings)
    if (await hasUsed(paths, training, file, copies, uploadedAt)) used.push(training.id);
  const contents = await contentsOf(paths, copies, type);
  await beginErasing(paths, { type, copies: [...copies], trainings: used, at: Date.now() / 1000 });
  await finishErasing(paths);
  return { files: copies.length, trainings: used, contents };
}

/** Copies beside the projects are named by them. */
async function contentsOf(
  paths: ProjectPaths,
  copies: readonly Copy[],
  type: Project['type'],
): Promise<readonly string[]> {
  const contents = new Set<string>();
  for (const { root, file } of copies) {
    const folder = join(paths.root, ...root.split('/'));
    for (const path of [join(folder, ...file.split('/')), ...(await companionsOf(folder, file, type))])
      contents.add(await sha256Of(createReadStream(path)));
  }
  return [...contents];
}

/** Of one whose copy is no longer kept: whether the upload was there already, and the sample not left out of it. */
async function hasUsed(
  paths: ProjectPaths,
  { id, createdAt }: EndedTraining,
  file: string,
  copies: readonly Copy[],
  uploadedAt: number,
): Promise<boolean> {
  if (copies.some(({ root }) => root === `jobs/${id}/input`)) return true;
  if (await isFolder(paths.jobPaths(id).input)) return false;
  const edits = await readEdits(paths.edits);
  const isLeftOut = edits.some((edit) => edit.file === file && edit.action === 'leave_out' && edit.at < createdAt);
  return createdAt >= uploadedAt && !isLeftOut;
}
