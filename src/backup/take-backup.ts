import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../files/sync-folder.ts';
import { isProjectFolder } from '../projects/folder-name.ts';
import { KEY_FILE, type Summary } from './archive-digest.ts';
import { type ArchiveWriter, openArchive } from './archive-writer.ts';
import { type ReportMissing, takeProject } from './take-project.ts';

// Takes all projects of a folder into one file.

export interface Taken extends Summary {
  readonly projects: number;
}

/** Write a backup of the projects folder to `file`, which is whole or not there. Does not change the folder. */
export async function takeBackup(
  projectsDir: string,
  file: string,
  report: ReportMissing = () => undefined,
): Promise<Taken> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  const writer = openArchive(draft);
  let isClosed = false;
  try {
    let projects = 0;
    for (const name of await projectsBelow(projectsDir))
      if (await takeProject({ writer, report }, join(projectsDir, name), name)) projects += 1;
    takeKey(writer, join(projectsDir, KEY_FILE));
    const summary = writer.finish();
    writer.close();
    isClosed = true;
    await rename(draft, file);
    await syncFolder(dirname(file));
    return { ...summary, projects };
  } catch (error) {
    if (!isClosed) writer.close();
    await rm(draft, { force: true });
    throw error;
  }
}

/** Of every classroom that is on the disk, whatever the settings say: `cats`, `@7a/dogs`. */
async function projectsBelow(projectsDir: string): Promise<readonly string[]> {
  const foldersIn = async (folder: string) =>
    (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const top = await foldersIn(projectsDir);
  const found = top.filter(isProjectFolder);
  for (const classroom of top.filter((name) => name.startsWith('@')))
    for (const name of await foldersIn(join(projectsDir, classroom)))
      if (isProjectFolder(name)) found.push(`${classroom}/${name}`);
  return found.sort();
}

function takeKey(writer: ArchiveWriter, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const key = openSync(path, 'r');
  try {
    const { size, mtimeMs } = fstatSync(key);
    writer.file(KEY_FILE, key, size, Math.floor(mtimeMs));
  } finally {
    closeSync(key);
  }
}
