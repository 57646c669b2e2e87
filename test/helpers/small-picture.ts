import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFile } from '../../src/files/open-file.ts';
import { type ProjectPaths, projectPaths } from '../../src/projects/paths.ts';
import type { HashedPhoto, Thumbnails } from '../../src/samples/thumbnails.ts';
import { tempDir } from './temp-dir.ts';

// Photos, and their small pictures as somebody sees them.

const from = { client: 'a', group: 'a' };

/** A project, and where a photo beside it is to lie. */
export async function photoFolder(): Promise<{ readonly own: ProjectPaths; readonly path: string }> {
  const dir = await tempDir();
  return { own: projectPaths(dir, '', 'p'), path: join(dir, '1.jpg') };
}

/** Put a photo in place; the result is its identity. */
export async function put(path: string, content: string): Promise<string> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
  const opened = await openFile(path);
  await opened?.file.close();
  return opened?.identity ?? '';
}

/** What somebody sees who asks for the small picture. */
export async function shown(thumbnails: Thumbnails, own: ProjectPaths, photo: HashedPhoto): Promise<string> {
  const { file } = await thumbnails.open(own, photo, from);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
