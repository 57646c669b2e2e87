import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from '../../src/errors.ts';
import { lockFolder } from '../../src/projects/lock.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const module = new URL('../../src/projects/lock.ts', import.meta.url).href;
const HOLD = `const { lockFolder } = await import(${JSON.stringify(module)}); await lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;

async function holder(dir: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLD, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a folder has one server; after its end the next one may', async () => {
  const dir = await tempDir();
  const lock = await lockFolder(dir);
  await assert.rejects(lockFolder(dir), (error: unknown) => error instanceof ConfigError && error.message.includes(dir) && error.message.includes('MAI_PROJECTS_DIR'));
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
