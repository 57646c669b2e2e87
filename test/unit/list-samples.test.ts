import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { distinctFile, distinctName } from '../../src/projects/stored-name.ts';
import { findStored } from '../../src/samples/find-stored.ts';
import { listSamples } from '../../src/samples/list-samples.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('a name is found as it is, as its hash, as the hash of the whole name, and composed differently', () => {
  const decomposed = 'é'.normalize('NFD');
  const entries = ['Cat', distinctName('cat'), distinctFile('a.jpg'), decomposed, 'other'];
  const found = findStored(entries, ['Cat', 'cat', 'a.jpg', 'é'.normalize('NFC'), 'none']);
  assert.deepEqual(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['Cat', 'Cat'],
      ['a.jpg', distinctFile('a.jpg')],
      ['cat', distinctName('cat')],
      ['é'.normalize('NFC'), decomposed],
    ],
  );
});

test('of a folder that somebody filled by hand the photos count, and nothing else in it', async () => {
  const dataset = await tempDir();
  const names = ['Cat/1.jpg', 'Cat/Thumbs.db', 'Cat/desktop.ini', 'Cat/.hidden', 'Cat/folder/2.jpg', 'Dog/3.jpg'];
  for (const name of names) {
    await mkdir(dirname(join(dataset, name)), { recursive: true });
    await writeFile(join(dataset, name), name);
  }
  await symlink(join(dataset, 'Dog/3.jpg'), join(dataset, 'Cat/link.jpg'));
  const samples = await listSamples(dataset, 'IMAGE_CLASSIFICATION', ['Cat']);
  assert.deepEqual(
    samples.map(({ file, label }) => [file, label]),
    [['dataset/Cat/1.jpg', 'Cat']],
  );
});
