import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackUpload } from '../../src/projects/unpack-upload.ts';
import type { RawMember } from './raw-zip.ts';
import { tempDir } from './temp-dir.ts';

const LIMITS = { maxFiles: 50, maxUnpackedBytes: 20_000_000 };

/** Unpack a zip as an upload is: the record, the folder `dir/out`, and the names of everything in it. */
export async function unpackedBy(zip: Buffer, limits = LIMITS) {
  const dir = await tempDir();
  await writeFile(join(dir, 'project.zip'), zip);
  const record = await unpackUpload(join(dir, 'project.zip'), join(dir, 'out'), limits, {
    id: 'p1',
    address: '10.0.0.7',
  });
  return { record, dir, names: (await readdir(join(dir, 'out'), { recursive: true })).sort() };
}

/** The files of the data set, without `dataset/`. */
export function filesOf({ names }: { readonly names: readonly string[] }): readonly string[] {
  return names.filter((name) => /^dataset\/.*[^/]\.\w+$/.test(name)).map((name) => name.slice('dataset/'.length));
}

export function projectJson(labels: readonly string[], projectType = 'IMAGE_CLASSIFICATION'): RawMember {
  return {
    name: 'project.json',
    content: JSON.stringify({ id: 'p', projectType, labels: labels.map((label) => ({ label })) }),
  };
}
