import { join } from 'node:path';
import { readPlainFile } from '../files/own-json.ts';

/** Where a project's id stands: its record, that of an upload which a crash interrupted, and the file that the IDE sent. */
const FILES = [
  'upload.json',
  join('.next-upload', 'upload.json'),
  'project.json',
  join('.next-upload', 'project.json'),
];

/** The ids that the files of a project folder name, the most trustworthy first. Files that are missing or damaged name none. */
export async function readFolderIds(folder: string): Promise<string[]> {
  const ids = await Promise.all(FILES.map((name) => readId(join(folder, name))));
  return ids.filter((id) => id !== undefined);
}

async function readId(path: string): Promise<string | undefined> {
  try {
    const value: unknown = JSON.parse(await readPlainFile(path));
    return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
      ? value.id
      : undefined;
  } catch {
    return undefined;
  }
}
