import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError, inferenceBusy, inferenceFailed, inferenceRefused, inferenceTimeout } from '../../src/errors.ts';
import { openFile } from '../../src/files/open-file.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { withResolvers } from '../../src/promises.ts';
import { createThumbnails } from '../../src/samples/thumbnails.ts';
import { photoFolder, put, shown } from '../helpers/small-picture.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('the small picture of a photo that an upload replaced meanwhile never gets the name of the one before', async () => {
  const { own, path } = await photoFolder();
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
  const { own, path } = await photoFolder();
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
  const { own, path } = await photoFolder();
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
  const { own, path } = await photoFolder();
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
  const { own, path } = await photoFolder();
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
    shown(thumbnails, own, photo),
    (error) => error instanceof AppError && error.code === 'picture_failed' && error.statusCode === 500,
  );
  assert.equal(opens, 10);
});

test('a small picture is made once, however many ask for it at once and afterwards', async () => {
  const { own, path } = await photoFolder();
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

test('a small picture that goes whenever it is made is tried ten times', async () => {
  for (const isDrawn of [false, true]) {
    const { own, path } = await photoFolder();
    const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
    let asked = 0;
    const thumbnails = createThumbnails({
      async ask() {
        asked += 1;
        assert.ok(asked <= 10, 'tried for ever');
        await rm(own.cache, { recursive: true });
        if (isDrawn) return {};
        throw inferenceFailed();
      },
    });
    await assert.rejects(
      shown(thumbnails, own, photo),
      (error) => error instanceof AppError && error.code === 'picture_failed',
    );
    assert.equal(asked, 10);
  }
});

test('the small picture of a photo that is deleted meanwhile is that of a photo that is not there', async () => {
  const { own, path } = await photoFolder();
  const photo = { path, identity: await put(path, 'photo'), hash: 'h' };
  const thumbnails = createThumbnails({
    async ask() {
      await rm(path);
      throw inferenceFailed();
    },
  });
  await assert.rejects(
    shown(thumbnails, own, photo),
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

test('what ends the process that makes small pictures is not said of a model', async () => {
  const { own, path } = await photoFolder();
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
      shown(thumbnails, own, { path, identity, hash: 'x' }),
      (said) => said instanceof AppError && said.code === code && said.statusCode === status,
      code,
    );
    assert.equal(asked, 1, code);
  }
});
