import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createSharedPhotos } from '../../src/cluster/store/shared-photos.ts';
import { memoryStore } from '../helpers/memory-store.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const HOUR_MS = 3_600_000;
const TIMES = { answerMs: 200, againMs: 20 };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A web server with a photo, and a store. `server`: another web server with the same store. */
async function start() {
  const clock = { ms: 1_000 * HOUR_MS };
  const now = () => clock.ms;
  const store = memoryStore(now);
  const root = await tempDir();
  const path = join(root, '1.jpg');
  writeFileSync(path, 'a photo');
  const said: string[] = [];
  const report = (error: unknown) => void said.push(error instanceof Error ? error.message : String(error));
  const server = () => createSharedPhotos({ store, report, now, times: TIMES });
  const photos = server();
  const address = () => photos.addressOf(sha256('a photo'), path);
  return { clock, store, path, said, server, photos, address };
}

const ADDRESS = `http://store/${sha256('a photo')}`;

describe('photos through a store', () => {
  it('are put there once, by whichever server, and then only their address is given', async () => {
    const { store, path, server, address } = await start();
    assert.deepEqual(await Promise.all([address(), address(), address()]), [ADDRESS, ADDRESS, ADDRESS]);
    assert.equal(await server().addressOf(sha256('a photo'), path), ADDRESS);
    assert.equal(await address(), ADDRESS);
    assert.deepEqual(store.asked, ['look', 'put', 'look']);
    assert.equal(store.held.get(sha256('a photo'))?.content.toString(), 'a photo');
  });

  it('are put there again where the one there is of another length, or about to be deleted', async () => {
    const { clock, store, address } = await start();
    store.held.set(sha256('a photo'), { content: Buffer.from('half'), putMs: clock.ms });
    await address();
    assert.equal(store.held.get(sha256('a photo'))?.content.toString(), 'a photo');
    clock.ms += 22 * HOUR_MS;
    await address();
    assert.equal(store.held.get(sha256('a photo'))?.putMs, clock.ms);
  });

  it('are sent by the server where the file is another by now, and the store is not blamed for it', async () => {
    const { store, path, said, photos, address } = await start();
    assert.equal(await photos.addressOf(sha256('another'), path), undefined);
    assert.equal(await photos.addressOf(sha256('another'), `${path}-gone`), undefined);
    assert.deepEqual([...store.held.keys(), ...said], []);
    assert.equal(await address(), ADDRESS);
  });

  it('are put there again after a host found another content or none', async () => {
    const { clock, store, path, photos, address } = await start();
    await address();
    store.held.set(sha256('a photo'), { content: Buffer.from('A PHOTO'), putMs: clock.ms });
    photos.failed(sha256('a photo'), path, 'wrong');
    await until(() => store.held.get(sha256('a photo'))?.content.toString() === 'a photo', 5_000, 'the right one');
    store.held.clear();
    photos.failed(sha256('a photo'), path, 'missing');
    await address();
    assert.ok(store.held.has(sha256('a photo')));
  });

  it('are sent by the server where they are large', async () => {
    const { store, path, photos } = await start();
    truncateSync(path, 16_000_001);
    assert.equal(await photos.addressOf(sha256('a photo'), path), undefined);
    assert.deepEqual(store.asked, []);
  });

  it('of which a host reaches none are said in the log', async () => {
    const { said, path, photos } = await start();
    photos.failed(sha256('a photo'), path, 'unreachable');
    assert.match(said.join('\n'), /^A worker does not reach the store.*MAI_S3_ENDPOINT/);
  });
});

describe('a store that does not answer', () => {
  for (const state of ['broken', 'silent'] as const)
    it(`(${state}) is said once, and nobody waits for it until it answers`, async () => {
      const { clock, store, said, path, photos, address } = await start();
      store.state = state;
      writeFileSync(`${path}-2`, 'another');
      const another = () => photos.addressOf(sha256('another'), `${path}-2`);
      assert.equal(await address(), undefined);
      assert.deepEqual([await address(), await another()], [undefined, undefined]);
      assert.deepEqual(store.asked, ['look']);
      clock.ms += TIMES.againMs;
      assert.deepEqual(await Promise.all([another(), address()]), [undefined, undefined]);
      assert.deepEqual(store.asked, ['look', 'look'], 'one tries it again');
      assert.equal(said.length, 1);
    });

  it('is used again when it answers, also for what was known, and its next outage is said again', async () => {
    const { clock, store, said, path, photos, address } = await start();
    await address();
    writeFileSync(`${path}-2`, 'another');
    const another = () => photos.addressOf(sha256('another'), `${path}-2`);
    store.state = 'broken';
    await another();
    assert.equal(await address(), undefined);
    store.state = 'well';
    clock.ms += TIMES.againMs;
    assert.deepEqual([await address(), await another()], [ADDRESS, ADDRESS.replace(/\w+$/, sha256('another'))]);
    store.state = 'broken';
    clock.ms += 22 * HOUR_MS;
    await another();
    assert.equal(said.filter((text) => text.includes('cannot be used now')).length, 2);
  });
});

describe('what lies in a store', () => {
  it('is deleted before it is a day old, by one server, and nothing younger', async () => {
    const { clock, store, photos } = await start();
    const at = (hours: number) => ({ content: Buffer.from('x'), putMs: clock.ms - hours * HOUR_MS });
    store.held.set('old', at(22.1)).set('young', at(21.9));
    let asked = 0;
    photos.begin(async () => (asked += 1) > 1);
    await until(() => asked === 1, 5_000, 'its look');
    await new Promise(setImmediate);
    assert.ok(store.held.has('old'), 'another server does it now');
    photos.begin(async () => true);
    await until(() => !store.held.has('old'), 5_000, 'the end of it');
    assert.deepEqual([...store.held.keys()], ['young']);
    photos.close();
  });

  it('is deleted at once where it is deleted for good', async () => {
    const { store, photos, address } = await start();
    await address();
    await photos.forget([sha256('a photo')]);
    assert.equal(store.held.size, 0);
    await address();
    assert.equal(store.held.size, 1, 'another project may have it');
  });

  it('is deleted too where it was on its way there', async () => {
    const { store, photos, address } = await start();
    await Promise.all([address(), photos.forget([sha256('a photo')])]);
    assert.equal(store.held.size, 0);
  });

  it('is looked through each hour, also where Redis, or the store, failed at the look before', async (test) => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const { clock, store, said, photos } = await start();
    const failures = [
      async () => assert.fail('of Redis'),
      async () => {
        store.remove = () => Promise.reject(new Error('of the store'));
        return true;
      },
      async () => {
        store.remove = remove;
        return true;
      },
    ];
    const { remove } = store;
    for (const name of ['one', 'two'])
      store.held.set(name, { content: Buffer.from('x'), putMs: clock.ms - 23 * HOUR_MS });
    photos.begin(async () => failures.shift()?.() ?? false);
    await until(() => said.length === 1, 5_000, 'the first look');
    test.mock.timers.tick(HOUR_MS);
    await until(() => said.length === 3, 5_000, 'the second');
    assert.deepEqual([said, store.held.size], [['of Redis', 'of the store', 'of the store'], 2]);
    test.mock.timers.tick(HOUR_MS);
    await until(() => store.held.size === 0, 5_000, 'the third');
    failures.push(async () => assert.fail('it is closed'));
    photos.close();
    test.mock.timers.tick(HOUR_MS);
    assert.equal(failures.length, 1);
  });

  it('is not asked about for ever where the store refuses: after a day, or at the end of the server', async () => {
    const { clock, store, photos } = await start();
    store.state = 'broken';
    for (const name of ['one', 'two']) await photos.forget([name]);
    await until(() => store.asked.length > 5, 5_000, 'some attempts');
    clock.ms += 24 * HOUR_MS;
    await setTimeout(3 * TIMES.againMs);
    const asked = store.asked.length;
    await setTimeout(3 * TIMES.againMs);
    assert.equal(store.asked.length, asked);
    await photos.forget(['three']);
    photos.close();
    await setTimeout(3 * TIMES.againMs);
    assert.equal(store.asked.length, asked + 1);
  });

  it('is deleted when the store answers again, which the log says', async () => {
    const { store, said, photos, address } = await start();
    await address();
    store.state = 'broken';
    await photos.forget([sha256('a photo')]);
    assert.match(said.join('\n'), /A photo was deleted.*deleted when it does, or when it is a day old/);
    store.state = 'well';
    await until(() => store.held.size === 0, 5_000, 'the end of it');
    photos.close();
  });
});
