import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { whyNoName } from '../../src/backup/entry-names.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { ConfigError } from '../../src/errors.ts';
import { rawTar, sealedTar, type RawEntry } from '../helpers/raw-tar.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const PHOTO = { path: 'cats/dataset/Cat/0.jpg', text: 'photo' };

/** What a restore of this archive says; afterwards nothing may lie in the folder, nor beside it. */
async function refusalOf(archive: Buffer): Promise<string> {
  const place = await tempDir();
  const [dir, file] = [join(place, 'a', 'projects'), join(place, 'b.tar')];
  await writeFile(file, archive);
  await mkdir(dir, { recursive: true });
  const error = await restoreBackup(dir, file, { force: true }).then(
    () => assert.fail('it was restored'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof ConfigError, String(error));
  assert.deepEqual(
    [await readdir(dir), await readdir(join(place, 'a')), (await readdir(place)).sort()],
    [[], ['projects'], ['a', 'b.tar']],
  );
  return error.message;
}

it('an archive with a right summary is restored: the ones below are refused for what is wrong with them', async () => {
  const dir = await tempDir();
  const file = join(await tempDir(), 'b.tar');
  await writeFile(file, sealedTar([PHOTO, { path: 'cats/project.json', type: 'Link', linkpath: PHOTO.path }]));
  await restoreBackup(dir, file, { force: false });
  assert.equal(await readFile(join(dir, 'cats', 'project.json'), 'utf8'), 'photo');
});

describe('an archive is refused', () => {
  const refused: readonly (readonly [string, RawEntry, RegExp])[] = [
    ['a name that climbs out', { path: 'cats/../../../x', text: 'x' }, /leads out/],
    ['a name from the root', { path: '/tmp/x', text: 'x' }, /leads out/],
    ['a name of another drive', { path: 'C:/x', text: 'x' }, /no name that a backup has/],
    ['backslashes', { path: '..\\..\\x', text: 'x' }, /no name that a backup has/],
    ['a file of the server itself', { path: '.server.lock', text: 'x' }, /no name that a backup has/],
    ['keys of https', { path: '.tls/server.pem', text: 'x' }, /no name that a backup has/],
    ['a file beside the projects', { path: 'x', text: 'x' }, /no name that a backup has/],
    [
      'a symbolic link',
      { path: 'cats/x', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      /neither a file nor a folder/,
    ],
    ['a device', { path: 'cats/x', type: 'CharacterDevice' }, /neither a file nor a folder/],
    ['a pipe', { path: 'cats/x', type: 'FIFO' }, /neither a file nor a folder/],
    [
      'a link to what is not in it',
      { path: 'cats/x', type: 'Link', linkpath: '../../etc/passwd' },
      /link to what is not/,
    ],
    ['a size that it cannot have', { path: 'cats/x', text: 'x', size: 8 * 1024 ** 4 }, /larger than what is left/],
    ['a name twice', PHOTO, /in it twice/],
    ['a file below a file', { path: `${PHOTO.path}/x`, text: 'x' }, /in it twice|leads/],
    ['more folders than any project has', { path: `${'a/'.repeat(80)}x`, text: 'x' }, /too many folders/],
  ];
  for (const [what, entry, sentence] of refused)
    it(`with ${what}`, async () => assert.match(await refusalOf(sealedTar([PHOTO, entry])), sentence));

  it('if it is packed, by whatever program, or no archive at all', async () => {
    const packed = [
      gzipSync(Buffer.alloc(100_000, 'x')),
      Buffer.concat([Buffer.from('1f8b0800', 'hex'), Buffer.alloc(2_000, 0xff)]),
      Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(2_000, 0x80)]),
      Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.alloc(2_000, 0xc0)]),
    ];
    for (const archive of packed) assert.match(await refusalOf(archive), /compressed: unpack it first|ends early/);
    assert.match(await refusalOf(packed[1] ?? assert.fail()), /compressed: unpack it first/);
    for (const byte of [0x80, 0xc0, 0xff]) assert.match(await refusalOf(Buffer.alloc(2_048, byte)), /it is no backup/);
  });

  it('if it was cut off, wherever', async () => {
    const whole = sealedTar([PHOTO, { path: 'cats/project.json', text: '{}' }]);
    for (const bytes of [0, 100, 512, 1600, whole.length / 2, whole.length - 2048])
      assert.match(await refusalOf(whole.subarray(0, bytes)), /ends early|larger than what is left/, `${bytes} bytes`);
  });

  it('if a bit of it has changed', async () => {
    const whole = sealedTar([PHOTO]);
    const at = whole.indexOf('photo');
    whole[at] = (whole[at] ?? 0) ^ 1;
    assert.match(await refusalOf(whole), /bytes have changed/);
  });

  it('if it has no summary, or is something else', async () => {
    assert.match(await refusalOf(rawTar([PHOTO])), /ends early/);
    assert.match(await refusalOf(gzipSync(sealedTar([PHOTO]))), /no backup|ends early/);
    assert.match(await refusalOf(Buffer.alloc(4096, 'x')), /no backup/);
  });
});

it('no name that is taken leads out of the folder', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '@7a', '.key', 'C:', '\\'), fc.string({ maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.boolean(), (parts, isFolder) => {
      const path = parts.join('/');
      if (whyNoName(path, isFolder) !== undefined) return;
      assert.ok(!path.startsWith('/') && !/[\\\0]/.test(path), path);
      assert.ok(
        path.split('/').every((name) => !['', '.', '..'].includes(name)),
        path,
      );
      assert.ok(path === '.key' || path === '.backup.json' || !path.startsWith('.'), path);
    }),
    { numRuns: 3000 },
  );
});
