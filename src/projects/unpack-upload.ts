import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectJsonMissing, projectJsonTooLarge } from '../errors.ts';
import { MAX_PROJECT_JSON_BYTES, parseProjectFile } from './project-file.ts';
import { readZipDirectory, type Member, type ZipLimits } from './read-zip.ts';
import { unpack } from './unpack.ts';
import { uploadRecord, type UploadRecord } from './upload-record.ts';

/** Which project is sent, and from where. */
export interface UploadSource {
  readonly id: string;
  readonly address: string;
}

/** Unpack an uploaded zip into the folder `target` and check it: afterwards the folder is what a project receives, upload.json included. */
export async function unpackUpload(zipPath: string, target: string, limits: ZipLimits, from: UploadSource): Promise<UploadRecord> {
  const file = await open(zipPath, 'r');
  try {
    const directory = await readZipDirectory(file, (await file.stat()).size, limits);
    const projectJson = directory.members.find(isProjectJson);
    if (projectJson === undefined) throw projectJsonMissing();
    if (projectJson.bytes > MAX_PROJECT_JSON_BYTES) throw projectJsonTooLarge(MAX_PROJECT_JSON_BYTES);
    await mkdir(join(target, 'dataset'), { recursive: true });
    const written = await unpack(file.fd, directory, target, belongsToProject);
    const project = parseProjectFile(await readFile(join(target, 'project.json')));
    const members = ['dataset', 'project.json', ...(written.some(isDatasetJson) ? ['dataset.json'] : []), 'upload.json'];
    const record = uploadRecord(from.id, project, written.filter(isInDataset).length, members, from.address, Date.now() / 1000);
    await writeFile(join(target, 'upload.json'), JSON.stringify(record));
    return record;
  } finally {
    await file.close();
  }
}

/** Whatever else a zip holds at its top stays out: the project's folder has members of ours. */
function belongsToProject(member: Member): boolean {
  return isProjectJson(member) || isDatasetJson(member) || isInDataset(member);
}

function isProjectJson({ segments }: Member): boolean {
  return segments.length === 1 && segments[0] === 'project.json';
}

function isDatasetJson({ segments }: Member): boolean {
  return segments.length === 1 && segments[0] === 'dataset.json';
}

function isInDataset({ segments }: Member): boolean {
  return segments.length > 1 && segments[0] === 'dataset';
}
