import { readFile, writeFile } from 'node:fs/promises';
import { isFullDisk } from '../system-errors.ts';
import type { ProjectPaths } from './paths.ts';
import type { ProjectRef } from './project.ts';
import { parseProjectFile } from './project-file.ts';
import { countFiles, isFile, isFolder } from '../files/tree.ts';
import { uploadRecord, type UploadRecord } from './upload-record.ts';

const NO_ADDRESS = '';

/** A project folder that was put there by hand gets its upload.json at the first look. */
export async function adopt({ id }: ProjectRef, own: ProjectPaths): Promise<UploadRecord | undefined> {
  if (!(await isFolder(own.root)) || !(await isFile(own.project))) return undefined;
  const bytes = await readFile(own.project);
  const record = uploadRecord(
    id,
    await parseProjectFile(bytes),
    await countFiles(own.dataset),
    [],
    NO_ADDRESS,
    Date.now() / 1000,
  );
  await writeFile(own.upload, JSON.stringify(record)).catch((error: unknown) => {
    // on a full disk the project can be read all the same, and the record is written another time
    if (!isFullDisk(error)) throw error;
  });
  return record;
}
