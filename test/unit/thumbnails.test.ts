import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError, inferenceBusy, inferenceFailed, inferenceRefused, inferenceTimeout } from '../../src/errors.ts';
import { openFile } from '../../src/files/open-file.ts';
import { type ProjectPaths, projectPaths } from '../../src/projects/paths.ts';
import { withResolvers } from '../../src/promises.ts';
import { createContentHashes } from '../../src/samples/content-hash.ts';
import { createThumbnails, type HashedPhoto, type Thumbnails } from '../../src/samples/thumbnails.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const from = { client: 'a', group: 'a' };

async function put(path: string, content: string): Promise<string> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
  const opened = await openFile(path);
  await opened?.file.close();
  return opened?.identity ?? '';
}

/** What somebody sees who asks for the small picture. */
async function shown(thumbnails: Thumbnails, own: ProjectPaths, photo: HashedPhoto): Promise<string> {
  const { file } = await thumbnails.open(own, photo, from);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

test('a file is read once however many ask for its hash, and few files at a time', async () => {
  const folder = await tempDir();
  const paths = Array.from({ length: 20 }, (_, number) => join(folder, `${number}.jpg`));
  const identities = await Promise.all(paths.map((path) => put(path, path)));
  let opens = 0;
  let most = 0;
  const open = new Set<number>();
  const hashOf = createContentHashes(async (path) => {
    const opened = await openFile(path);
    if (opened === undefined) return undefined;
    const number = (opens += 1);
    open.add(number);
    most = Math.max(most, open.size);
    (opened.file as unknown as EventEmitter).once('close', () => open.delete(number));
    return opened;
  });
  const asked = Array.from({ length: 30 }, () => paths.map((path, index) => hashOf(path, identities[index] ?? '')));
  const hashes = await Promise.all(asked.flat());
  assert.equal(new Set(hashes).size, paths.length);
  assert.deepEqual([opens, open.size], [paths.length, 0]);
  assert.ok(most <= 2, `${most} at a time`);
});

test('the small picture of a photo that an upload replaced meanwhile never gets the name of the one before', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const identity = await put(path, 'first photo');
  const thumbnails = createThumbnails({
    async ask({ target }) {
      await put(path, 'second photo');
      await writeFile(target, 'picture of the second photo');
      return {};
    },
  });
  const hash = await thumbnails.hashOf(path, identity);
  await assert.rejects(
    shown(thumbnails, own, { path, identity, hash }),
    (error) => error instanceof AppError && error.code === 'sample_not_found',
  );
  assert.deepEqual(await readdir(join(own.cache, 'thumbnails')), []);
  await assert.rejects(
    thumbnails.hashOf(path, `${identity}-of-another`),
    (error) => error instanceof AppError && error.code === 'sample_not_found',
  );
});

test('a small picture that is made while another photo of the project is deleted is made again', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  let asked = 0;
  const thumbnails = createThumbnails({
    async ask({ target }) {
      asked += 1;
      if (asked === 1) await rm(own.cache, { recursive: true });
      await writeFile(target, 'picture').catch(() => Promise.reject(inferenceFailed()));
      return {};
    },
  });
  assert.equal(await shown(thumbnails, own, photo), 'picture');
  assert.equal(asked, 2);
});

test('a small picture is made again where its folder came back without it, or went when it was drawn', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const identity = await put(path, 'photo');
  const folder = join(own.cache, 'thumbnails');
  const meanwhile = [
    async () => {
      await rm(own.cache, { recursive: true });
      // for another picture
      await mkdir(folder, { recursive: true });
      throw inferenceFailed();
    },
    async (target: string) => {
      await writeFile(target, 'picture');
      await rm(own.cache, { recursive: true });
    },
    (target: string) => writeFile(target, 'picture'),
  ];
  const thumbnails = createThumbnails({
    async ask({ target }) {
      await meanwhile.shift()?.(target);
      return {};
    },
  });
  assert.equal(await shown(thumbnails, own, { path, identity, hash: 'a'.repeat(64) }), 'picture');
  assert.deepEqual(await readdir(folder), [`${'a'.repeat(64)}.jpg`]);
});

test('a small picture is made again where it went between drawing and naming, or before it was read', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  let [asked, opens] = [0, 0];
  const worker = {
    async ask({ target }: { readonly target: string }) {
      asked += 1;
      // first the file alone is gone, its folder only afterwards
      if (asked > 1) await writeFile(target, `picture ${asked}`);
      return {};
    },
  };
  const thumbnails = createThumbnails(worker, undefined, async (picture) => {
    opens += 1;
    if (opens === 1) await rm(own.cache, { recursive: true });
    return openFile(picture);
  });
  assert.equal(await shown(thumbnails, own, photo), 'picture 3');
  assert.deepEqual([asked, opens], [3, 2]);
});

test('a small picture that is never there to be read is not said to be one of a clip', async () => {
  const dir = await tempDir();
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  const worker = {
    async ask({ target }: { readonly target: string }) {
      await writeFile(target, 'picture');
      return {};
    },
  };
  let opens = 0;
  const thumbnails = createThumbnails(worker, undefined, async () => void (opens += 1));
  await assert.rejects(
    shown(thumbnails, projectPaths(dir, '', 'p'), photo),
    (error) => error instanceof AppError && error.code === 'picture_failed' && error.statusCode === 500,
  );
  assert.equal(opens, 4);
});

test('a small picture is made once, however many ask for it at once and afterwards', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  const begun = withResolvers<void>();
  const drawn = withResolvers<void>();
  let asked = 0;
  const thumbnails = createThumbnails({
    async ask({ target }) {
      asked += 1;
      begun.resolve();
      await drawn.promise;
      await writeFile(target, `picture ${asked}`);
      return {};
    },
  });
  const first = shown(thumbnails, own, photo);
  await begun.promise;
  const second = shown(thumbnails, own, photo);
  drawn.resolve();
  assert.deepEqual([await first, await second], ['picture 1', 'picture 1']);
  assert.deepEqual([await shown(thumbnails, own, photo), asked], ['picture 1', 1]);
});

test('a small picture whose folder goes whenever it is made is tried four times', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  let asked = 0;
  const thumbnails = createThumbnails({
    async ask() {
      asked += 1;
      assert.ok(asked <= 4, 'tried for ever');
      await rm(own.cache, { recursive: true });
      throw inferenceFailed();
    },
  });
  await assert.rejects(
    shown(thumbnails, own, photo),
    (error) => error instanceof AppError && error.code === 'picture_failed',
  );
  assert.equal(asked, 4);
});

test('the small picture of a photo that is deleted meanwhile is that of a photo that is not there', async () => {
  const dir = await tempDir();
  const path = join(dir, '1.jpg');
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  const thumbnails = createThumbnails({
    async ask() {
      await rm(path);
      throw inferenceFailed();
    },
  });
  await assert.rejects(
    shown(thumbnails, projectPaths(dir, '', 'p'), photo),
    (error) => error instanceof AppError && error.code === 'sample_not_found',
  );
});

test('beyond a number of small pictures the folder is emptied, and they are made anew', async () => {
  const dir = await tempDir();
  const own = projectPaths(dir, '', 'p');
  const worker = {
    async ask({ target }: { readonly target: string }) {
      await writeFile(target, 'picture');
      return {};
    },
  };
  const thumbnails = createThumbnails(worker, { maxKept: 3, countEvery: 2 });
  const kept: number[] = [];
  for (const number of [1, 2, 3, 4, 5, 6]) {
    const path = join(dir, `${number}.jpg`);
    const identity = await put(path, `photo ${number}`);
    await shown(thumbnails, own, { path, identity, hash: await thumbnails.hashOf(path, identity) });
    kept.push((await readdir(join(own.cache, 'thumbnails'))).length);
  }
  assert.deepEqual(kept, [1, 2, 3, 4, 5, 1]);
});

test('hashes beyond a number are forgotten, and made again', async () => {
  const folder = await tempDir();
  let opens = 0;
  const hashOf = createContentHashes(async (path) => {
    opens += 1;
    return openFile(path);
  }, 2);
  const files = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => [join(folder, name), await put(join(folder, name), name)] as const),
  );
  for (const [path, identity] of [...files, ...files.slice(0, 1)]) await hashOf(path, identity);
  assert.equal(opens, 4);
});

test('what ends the process that makes small pictures is not said of a model', async () => {
  const dir = await tempDir();
  const path = join(dir, '1.jpg');
  const identity = await put(path, 'a photo');
  for (const [error, code, status] of [
    [inferenceFailed(), 'picture_failed', 500],
    [inferenceTimeout(30), 'picture_failed', 503],
    [inferenceBusy(400), 'inference_busy', 429],
    [inferenceRefused('not_an_image', ''), 'not_an_image', 422],
  ] as const) {
    let asked = 0;
    const thumbnails = createThumbnails({
      ask() {
        asked += 1;
        return Promise.reject(error);
      },
    });
    await assert.rejects(
      shown(thumbnails, projectPaths(dir, '', 'p'), { path, identity, hash: 'x' }),
      (said) => said instanceof AppError && said.code === code && said.statusCode === status,
      code,
    );
    assert.equal(asked, 1, code);
  }
});
