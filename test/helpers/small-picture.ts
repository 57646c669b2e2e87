import { rename, writeFile } from 'node:fs/promises';
import { openFile } from '../../src/files/open-file.ts';
import type { ProjectPaths } from '../../src/projects/paths.ts';
import type { HashedPhoto, Thumbnails } from '../../src/samples/thumbnails.ts';

// Photos, and their small pictures as somebody sees them.

const from = { client: 'a', group: 'a' };

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
