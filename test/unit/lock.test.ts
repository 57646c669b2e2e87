import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, lutimesSync, readdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { lockFolder } from '../../src/projects/lock.ts';
import { parseHolder, isHolderRunning, thisHolder } from '../../src/projects/lock-holder.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const module = new URL('../../src/projects/lock.ts', import.meta.url).href;
const HOLD = `const { lockFolder } = await import(${JSON.stringify(module)}); await lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;

/** As on a server, but four times as quick and more. */
const QUICK = { touchMs: 200, silentMs: 3_000, lookAgainMs: 100 };

async function holder(dir: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a folder has one server; after its end the next one may', async () => {
  const dir = await tempDir();
  const lock = await lockFolder(dir);
  await assert.rejects(
    lockFolder(dir),
    (error: unknown) =>
      error instanceof ConfigError && error.message.includes(dir) && error.message.includes('MAI_PROJECTS_DIR'),
  );
  lock.release();
  (await lockFolder(dir)).release();
  assert.deepEqual(readdirSync(dir), []);
});

test('a lock is respected while its process lives, and taken over once it was killed', async () => {
  const dir = await tempDir();
  const child = await holder(dir);
  await assert.rejects(lockFolder(dir), ConfigError);
  child.kill('SIGKILL');
  await once(child, 'exit');
  (await lockFolder(dir)).release();
});

test('of many that find a stale lock, one gets it', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, '.server.lock'), JSON.stringify({ pid: 2 ** 22, started: '1', space: 'gone' }));
  const { utimes } = await import('node:fs/promises');
  await utimes(join(dir, '.server.lock'), 1, 1);
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(dir)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results) if (result.status === 'fulfilled') result.value.release();
});

test('a lock that is no lock (half written by a crash of the machine) is taken over', async () => {
  const dir = await tempDir();
  await writeFile(join(dir, '.server.lock'), '{"pid":');
  (await lockFolder(dir)).release();
});

const dead = () => `999999999.1.${thisHolder().split('.')[2]}.${randomBytes(6).toString('hex')}`;

/** Takes the folder again and again; `owner` is there while it has it. Every second time it "dies": its lock names a process that is gone. */
const RACE = `
const { lockFolder } = await import(${JSON.stringify(module)});
const { thisHolder } = await import(${JSON.stringify(new URL('../../src/projects/lock-holder.ts', import.meta.url).href)});
const { renameSync, symlinkSync, unlinkSync, writeFileSync } = await import('node:fs');
const [, dir, name] = process.argv;
let [taken, twice] = [0, 0];
for (const end = Date.now() + 4000; Date.now() < end;) {
  const lock = await lockFolder(dir).catch(() => undefined);
  if (!lock) continue;
  taken += 1;
  try { writeFileSync(dir + '/owner', name, { flag: 'wx' }); unlinkSync(dir + '/owner'); } catch { twice += 1; }
  if (!lock.isHeld()) twice += 1;
  if (taken % 2) { lock.release(); continue; }
  symlinkSync('999999999.1.' + thisHolder().split('.')[2] + '.' + process.pid.toString(16) + taken.toString(16), dir + '/dead' + name);
  renameSync(dir + '/dead' + name, dir + '/.server.lock');
}
console.log(JSON.stringify({ taken, twice }));`;

test('of processes that race for a folder whose owners die, never two have it', async () => {
  const dir = await tempDir();
  const racers = Array.from({ length: 5 }, (_, n) =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', RACE, dir, String(n)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const results = await Promise.all(
    racers.map(async ({ stdout }) => JSON.parse(await text(stdout)) as { taken: number; twice: number }),
  );
  assert.equal(
    results.reduce((sum, { twice }) => sum + twice, 0),
    0,
    JSON.stringify(results),
  );
  assert.ok(results.reduce((sum, { taken }) => sum + taken, 0) > 100, JSON.stringify(results));
});

test('one that died while it took over is followed in its turn, and nothing is left', async () => {
  const dir = await tempDir();
  const path = join(dir, '.server.lock');
  let holder = dead();
  symlinkSync(holder, path);
  for (let n = 0; n < 3; n += 1) {
    const claim = `${path}.after-${createHash('sha256').update(holder).digest('hex').slice(0, 16)}`;
    holder = dead();
    symlinkSync(holder, claim);
  }
  const lock = await lockFolder(dir);
  assert.deepEqual([readdirSync(dir), lock.isHeld()], [['.server.lock'], true]);
  lock.release();
});

test("one that was paused for long finds that the folder is another's, says so, and leaves that lock alone", async () => {
  const dir = await tempDir();
  const lost: string[] = [];
  const lock = await lockFolder(dir, (why) => lost.push(why), QUICK);
  const other = dead();
  symlinkSync(other, join(dir, 'other'));
  renameSync(join(dir, 'other'), join(dir, '.server.lock'));
  assert.equal(lock.isHeld(), false);
  await until(() => lost.length === 1, 60_000, 'the word that the lock is lost');
  assert.match(lost[0] ?? '', /^Another server uses /);
  lock.release();
  assert.equal(readlinkSync(join(dir, '.server.lock')), other);
});

test('one of another container is respected while it touches its lock', async () => {
  const dir = await tempDir();
  const path = join(dir, '.server.lock');
  symlinkSync(`1.1.000000000000.${randomBytes(6).toString('hex')}`, path);
  await assert.rejects(lockFolder(dir), ConfigError);
  lutimesSync(path, 1, 1);
  (await lockFolder(dir)).release();
});

test('one of another container or an earlier start, of a time to come: the clock was set back, so it is watched', async () => {
  const soon = () => new Date(Date.now() + 20 * 60_000);
  const [gone, alive] = [await tempDir(), await tempDir()];
  for (const dir of [gone, alive]) {
    symlinkSync(`1.1.000000000000.${randomBytes(6).toString('hex')}`, join(dir, '.server.lock'));
    lutimesSync(join(dir, '.server.lock'), soon(), soon());
  }
  const touching = setInterval(() => lutimesSync(join(alive, '.server.lock'), soon(), soon()), 200);
  await assert.rejects(lockFolder(alive, undefined, QUICK), ConfigError);
  clearInterval(touching);
  (await lockFolder(gone, undefined, QUICK)).release();
  assert.deepEqual(readdirSync(gone), []);
});

test('a lock that somebody removed is made again, and the server goes on', async () => {
  const dir = await tempDir();
  const lost: string[] = [];
  const lock = await lockFolder(dir, (why) => lost.push(why), QUICK);
  unlinkSync(join(dir, '.server.lock'));
  await until(() => lock.isHeld(), 60_000, 'the lock');
  await assert.rejects(lockFolder(dir), ConfigError);
  assert.deepEqual(lost, []);
  lock.release();
  assert.equal(lstatSync(join(dir, '.server.lock'), { throwIfNoEntry: false }), undefined);
});

test('a process that was given the pid of a dead owner is not taken for it', {
  skip: process.platform === 'linux' ? false : 'only /proc tells them apart',
}, () => {
  const own = parseHolder(`${thisHolder()}.00`);
  assert.ok(own);
  assert.deepEqual([isHolderRunning(own), isHolderRunning({ ...own, started: '1' })], [true, false]);
});
