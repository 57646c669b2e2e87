import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createFolderIndex } from '../../src/projects/folder-index.ts';
import { foldedName } from '../../src/projects/folder-name.ts';
import { ODD_IDS } from '../helpers/odd-ids.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const refTo = (id: string) => ({ workspace: '', id });

describe('1,000 generated ids', () => {
  const ALPHABET = [
    ...'aAbBcC09_- .@~%+#:"\'*?|<>',
    'ก',
    'ไ',
    '่',
    'é',
    'e\u0301',
    'ſ',
    '\u212a',
    'İ',
    'ı',
    'ß',
    '🐈',
    '\u200d',
    '\u202e',
    'ﬁ',
  ];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const generated = () =>
    Array.from({ length: 1 + random(random(10) === 0 ? 90 : 4) }, () => ALPHABET[random(ALPHABET.length)]).join('');
  const ids = [...new Set([...ODD_IDS, ...Array.from({ length: 3_000 }, generated)])]
    .filter((name) => name !== '.' && name !== '..')
    .slice(0, 1_000);

  // with hashes of one digit nearly every name is taken already
  for (const [digits, some] of [
    [16, ids],
    [1, ids.slice(0, 200)],
  ] as const) {
    test(`never leave the projects folder, never share one, and come back (hashes of ${digits} digits)`, async () => {
      const dir = await tempDir();
      const index = createFolderIndex(dir, digits);
      for (const name of some) {
        const folder = index.claim(refTo(name));
        assert.match(folder, /^[^.@/\\\0][^/\\\0]*$/u);
        assert.doesNotMatch(folder, /[<>:"|?*\p{Cc}]|[. ]$/u);
        assert.ok(Buffer.byteLength(folder) <= 200);
        mkdirSync(join(dir, folder));
        writeFileSync(join(dir, folder, 'upload.json'), JSON.stringify({ id: name }));
      }
      assert.equal(ids.length, 1_000);
      assert.equal(new Set(readdirSync(dir).map(foldedName)).size, some.length);
      const again = createFolderIndex(dir, digits);
      assert.deepEqual((await again.scan('')).sort(), [...some].sort());
      for (const name of some) {
        assert.equal(again.folderOf(refTo(name)), index.folderOf(refTo(name)));
      }
    });
  }
});
