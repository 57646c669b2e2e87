import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { distinctName } from '../../src/projects/stored-name.ts';
import { filesOf, unpackedBy } from '../helpers/unpacked.ts';

const folder = fileURLToPath(new URL('../../../shared/cases', import.meta.url));
const skip = existsSync(folder) ? false : 'there is no ../shared/cases beside this repository';

/** How many files each label's folder holds. */
async function foldersOf(file: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of filesOf(await unpackedBy(await readFile(`${folder}/${file}`)))) {
    const label = name.slice(0, name.lastIndexOf('/'));
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

for (const [file, expected] of [
  ['07_label_slash.zip', { '1/2': 6, '3/4': 6 }],
  ['08_labels_A_and_a.zip', { A: 6, [distinctName('a')]: 6 }],
  ['12_thai_windows_names.zip', { แมว: 6, หมา: 6 }],
  ['14_folder_around.zip', { cat: 6, dog: 6 }],
  ['15_white_bmp.zip', { cat: 7, dog: 6 }],
] as const) {
  test(`the case ${file} is unpacked into the folders of its labels`, { skip }, async () => {
    assert.deepEqual(await foldersOf(file), expected);
  });
}
