import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry } from 'yauzl';
import { AppError, projectJsonMissing, projectJsonTooLarge } from '../errors.ts';
import { createBreather } from '../files/breathe.ts';
import { checkDatasetJson } from './json-size.ts';
import { MAX_PROJECT_JSON_BYTES, parseProjectFile, type ProjectFile } from './project-file.ts';
import { readZipDirectory, type ZipDirectory, type ZipLimits } from './zip/read.ts';
import type { ZipBytes } from './zip/bytes.ts';
import { readMember, unpack } from './zip/unpack.ts';
import { stripLocations } from './strip-location.ts';
import { uploadRecord, type UploadRecord } from './upload-record.ts';
import { placeMembers } from './upload-paths.ts';
import { findProjectFolder, isSystemFile, isWithin } from './zip/layout.ts';
import { memberOf } from './zip/members.ts';
import { readRawName, type RawName } from './zip/names.ts';

// Unpacks the zip that the IDE sends, and checks that it is a project.

/** Which project is sent, and from where. */
export interface UploadSource {
  readonly id: string;
  readonly address: string;
}

/** Unpack an uploaded zip into the folder `target` and check it: afterwards the folder is what a project receives, upload.json included. */
export async function unpackUpload(
  zipPath: string,
  target: string,
  limits: ZipLimits,
  from: UploadSource,
): Promise<UploadRecord> {
  const file = await open(zipPath, 'r');
  try {
    const directory = await readZipDirectory(file, (await file.stat()).size, limits);
    const zip = { file: file.fd, end: directory.offset };
    const { entries, names, refusal } = await readNames(directory);
    if (refusal) throw await truerReason(refusal, () => readProject(zip, entries, names));
    // first of all, as its labels say how the other names are to be read
    const { folder, project } = await readProject(zip, entries, names);
    const { members, paths } = await placeMembers(entries, names, folder, project.labels, limits.maxFiles);
    await mkdir(join(target, 'dataset'), { recursive: true });
    await unpack(zip, members, target, (member) => paths.get(member));
    await stripLocations(target, paths.values());
    const firstParts = [...paths.values()].map(([first]) => first);
    const hasDatasetFile = firstParts.includes('dataset.json');
    if (hasDatasetFile) await checkDatasetJson(join(target, 'dataset.json'));
    const received = ['dataset', 'project.json', ...(hasDatasetFile ? ['dataset.json'] : []), 'upload.json'];
    const record = uploadRecord(
      from.id,
      project,
      firstParts.filter((first) => first === 'dataset').length,
      received,
      from.address,
      Date.now() / 1000,
    );
    await writeFile(join(target, 'upload.json'), JSON.stringify(record));
    return record;
  } finally {
    await file.close();
  }
}

interface ReadNames {
  /** Those whose names can be used, in step with `names`. */
  readonly entries: readonly Entry[];
  readonly names: readonly RawName[];
  /** Why the first other one cannot. */
  readonly refusal: AppError | undefined;
}

async function readNames(directory: ZipDirectory): Promise<ReadNames> {
  const breathe = createBreather();
  const entries: Entry[] = [];
  const names: RawName[] = [];
  let refusal: AppError | undefined;
  for (const entry of directory.entries) {
    await breathe();
    try {
      names.push(readRawName(entry));
      entries.push(entry);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusal ??= error;
    }
  }
  return { entries, names, refusal };
}

/** The IDE makes folders of labels: where a label is the path out of the project, its pupil knows the label and not the name. */
async function truerReason(refusal: AppError, readAgain: () => Promise<unknown>): Promise<AppError> {
  try {
    await readAgain();
  } catch (error) {
    if (error instanceof AppError && error.code === 'label_is_path') return error;
  }
  return refusal;
}

async function readProject(
  zip: ZipBytes,
  entries: readonly Entry[],
  names: readonly RawName[],
): Promise<{ folder: readonly string[]; project: ProjectFile }> {
  const folder = findProjectFolder(names.filter((name) => !isSystemFile(name)));
  return { folder, project: await readProjectFile(zip, entries, names, folder) };
}

async function readProjectFile(
  zip: ZipBytes,
  entries: readonly Entry[],
  names: readonly RawName[],
  folder: readonly string[],
): Promise<ProjectFile> {
  const path = [...folder, 'project.json'];
  const index = names.findIndex(
    ({ parts, isDirectory }) =>
      !isDirectory && parts.length === path.length && isWithin(parts, folder) && parts.at(-1) === 'project.json',
  );
  const [entry, name] = [entries[index], names[index]];
  const member = entry && name && memberOf(entry, name, path.join('/'));
  if (member === undefined) throw projectJsonMissing();
  if (member.bytes > MAX_PROJECT_JSON_BYTES) throw projectJsonTooLarge(MAX_PROJECT_JSON_BYTES);
  return parseProjectFile(readMember(zip, member));
}
