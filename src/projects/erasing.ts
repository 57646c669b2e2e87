import { readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { readOwnJson } from '../files/own-json.ts';
import { replaceFile } from '../files/replace-file.ts';
import { listTree } from '../files/list-tree.ts';
import { isFile, isFolder, removeInUse, removeTree } from '../files/tree.ts';
import { oneOf } from '../http/one-of.ts';
import { readDeletions, writeDeletions } from './deletions.ts';
import { editsText, leaveOut, pathWithin, readEdits } from './edits.ts';
import type { ProjectPaths } from './paths.ts';
import { PROJECT_TYPES } from './project.ts';
import { readUploadRecord } from './upload-record.ts';
import { withOtherReport } from './package-report.ts';
import { withoutSamples } from './without-samples.ts';

// Deletes a sample everywhere in a project: a redo log of one entry, like an upload (docs/disk.md). What is to go is
// written down first, by its paths and not by its hash, which would stay. Each step can be done again after a crash.

const PACKAGE = 'model.zip';

/** The sample in the upload, or in the copy of a job. */
const Copy = Type.Object({
  /** Below the project: '' is the upload itself. */
  root: Type.String({ pattern: '^(?:|jobs/[A-Za-z0-9_-]{1,64}/input)$' }),
  /** `dataset/Cat/1.jpg` */
  file: Type.String(),
});
export type Copy = Static<typeof Copy>;

export const Erasing = Type.Object({
  type: oneOf(PROJECT_TYPES),
  copies: Type.Array(Copy),
  /** Trainings that used it. */
  trainings: Type.Array(Type.String()),
  at: Type.Number(),
});
export type Erasing = Static<typeof Erasing>;

/** From here on the sample goes, also after a crash. */
export async function beginErasing(paths: ProjectPaths, erasing: Erasing): Promise<void> {
  await replaceFile(paths.erasing, JSON.stringify(erasing));
}

/** Finish what was begun; nothing to do where nothing was. For a task that has the project for itself. */
export async function finishErasing(paths: ProjectPaths): Promise<void> {
  const erasing = await readOwnJson(paths.erasing, Erasing);
  if (erasing === undefined) return;
  for (const { root, file } of erasing.copies) await erase(paths, root, file, erasing.type);
  // after the photos: nothing makes these again from a photo that is gone
  await removeInUse(paths.cache, paths.goneCache);
  await eraseFromJobs(paths);
  await eraseFromReports(paths, new Set(erasing.copies.map(({ file }) => file)));
  await noteInUpload(paths, erasing);
  const before = await readDeletions(paths);
  // done already where a crash came right after it
  if (!before.some(({ at }) => at === erasing.at))
    await writeDeletions(paths, [...before, { at: erasing.at, trainings: erasing.trainings }]);
  await rm(paths.erasing, { force: true });
}

async function erase(paths: ProjectPaths, root: string, file: string, type: Erasing['type']): Promise<void> {
  const folder = join(paths.root, ...root.split('/'));
  const path = pathWithin(folder, file);
  // a file that somebody else wrote must delete nothing outside
  if (path === undefined) return;
  await leaveOut(folder, path, type);
  for (const companion of await companionsOf(folder, file, type)) await rm(companion, { force: true });
}

/** Of a clip also the pictures that the IDE drew of it, which lie under its name. */
export async function companionsOf(folder: string, file: string, type: Erasing['type']): Promise<readonly string[]> {
  if (type !== 'VOICE_CLASSIFICATION') return [];
  const stem = file.replace(/^dataset\/sound\//, '').replace(/\.[^./]*$/, '');
  const found: string[] = [];
  for (const kind of ['mfcc', 'waveform']) {
    const root = join(folder, 'dataset', kind);
    if (!(await isFolder(root))) continue;
    const { files } = await listTree(root);
    for (const name of files)
      if (name.replaceAll('\\', '/').replace(/\.[^./]*$/, '') === stem) found.push(join(root, name));
  }
  return found;
}

/** Ended jobs have no checkpoints but those that a crash left, with features in them. */
async function eraseFromJobs(paths: ProjectPaths): Promise<void> {
  for (const id of await jobsOf(paths)) {
    const { checkpoints, instant } = paths.jobPaths(id);
    await removeTree(checkpoints);
    await removeTree(instant);
  }
}

async function eraseFromReports(paths: ProjectPaths, files: ReadonlySet<string>): Promise<void> {
  const folders = [
    paths.output,
    ...(await jobsOf(paths)).flatMap((id) => [paths.jobPaths(id).model, paths.jobPaths(id).root]),
  ];
  for (const folder of folders) {
    for (const name of ['samples.json', 'report.json']) {
      const path = join(folder, name);
      if (!(await isFile(path))) continue;
      const before = await readFile(path, 'utf8');
      const after = withoutSamples(before, files);
      if (after !== before) await replaceFile(path, after);
    }
    await eraseFromPackage(join(folder, PACKAGE), files);
  }
}

/** The package that is downloaded has a report of its own. */
async function eraseFromPackage(path: string, files: ReadonlySet<string>): Promise<void> {
  if (!(await isFile(path))) return;
  const after = withOtherReport(await readFile(path), (text) => withoutSamples(text, files));
  if (after !== undefined) await replaceFile(path, after);
}

/** The upload has fewer files now, and no change of the sample that is gone. */
async function noteInUpload(paths: ProjectPaths, { copies }: Erasing): Promise<void> {
  const own = new Set(copies.filter(({ root }) => root === '').map(({ file }) => file));
  const edits = await readEdits(paths.edits);
  const left = edits.filter(({ file }) => !own.has(file));
  if (left.length < edits.length) await replaceFile(paths.edits, editsText(left));
  if (!(await isFolder(paths.dataset))) return;
  const record = await readUploadRecord(paths.upload).catch(() => undefined);
  if (record !== undefined) {
    const files = (await listTree(paths.dataset)).files.length;
    await replaceFile(paths.upload, JSON.stringify({ ...record, files }));
  }
  // lists of samples are kept for as long as this folder has the same time
  await utimes(paths.dataset, new Date(), new Date());
}

async function jobsOf(paths: ProjectPaths): Promise<readonly string[]> {
  if (!(await isFolder(paths.jobs))) return [];
  return (await readdir(paths.jobs)).filter((name) => /^[A-Za-z0-9_-]{1,64}$/.test(name));
}
