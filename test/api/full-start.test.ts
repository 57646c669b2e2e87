import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockFolder } from '../../src/projects/lock.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { until } from '../helpers/until.ts';
import { errorCode } from '../../src/system-errors.ts';

const disk = await smallDisk(6_000_000);
const skip = disk === undefined ? 'this user may not mount a small disk' : false;

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal(errorCode(error), 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

test('a server starts on a full disk: it reads and deletes, says what is wrong, and does the rest with room again', {
  skip,
}, async () => {
  const projectsDir = disk ?? assert.fail();
  const before = await startJobServer({ projectsDir, slots: 1 });
  await before.train('model', { epochs: 1 });
  await before.jobIn('model', 'completed');
  await before.train('runs', { epochs: 1000, epochMs: 100 });
  await before.jobIn('runs', 'active');
  await before.train('waits', { epochs: 1 });
  await before.app.close();
  fill(join(projectsDir, '.filler'));

  const lock = await lockFolder(projectsDir);
  const server = await startJobServer({ projectsDir, slots: 1 });
  const ping = (await server.get('/ping')).body;
  assert.match(`${ping.result}: ${ping.notice}`, /^pong: .*disk of the server is full/);
  const { projects } = (await server.get('/projects')).body as { projects: { id: string }[] };
  assert.deepEqual(projects.map(({ id }) => id).sort(), ['model', 'runs', 'waits']);
  const download = await fetch(`${server.base}/projects/model/output/model.pth`);
  const uploaded = await server.upload('new');
  const deleted = await fetch(`${server.base}/projects/runs`, { method: 'DELETE' });
  assert.deepEqual([download.status, uploaded.status, deleted.status], [200, 507, 200]);
  await server.app.close();
  lock.release();

  rmSync(join(projectsDir, '.filler'));
  const after = await startJobServer({ projectsDir, slots: 1 });
  assert.equal((await after.get('/ping')).body.notice, undefined);
  assert.equal((await after.train('new', { epochs: 1 })).status, 200);
  await after.jobIn('new', 'completed');
});

test('the first start on a network with a full disk: the server has a key, and says that it is not kept', {
  skip,
}, async () => {
  const projectsDir = (await smallDisk(1_000_000)) ?? assert.fail();
  fill(join(projectsDir, '.filler'));
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    MAI_PORT: '0',
    LOG_LEVEL: 'silent',
    MAI_HOST: '0.0.0.0',
    MAI_HTTPS_PORT: 'off',
    MAI_PROJECTS_DIR: projectsDir,
  };
  const server = spawn(process.execPath, scriptArguments('server'), {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  let said = '';
  server.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  const address = await until(
    () => /http:\/\/127\.0\.0\.1:\d+\/w\/[a-z]+-[a-z]+-[a-z]+/.exec(said)?.[0],
    60_000,
    'the address with its key',
  );
  assert.equal((await fetch(`${address}/ping`)).status, 200);
  assert.equal((await fetch(`${new URL(address).origin}/ping`)).status, 404);
  await until(() => /Warning: the disk is full.*next start makes another/.test(said), 60_000, 'the warning');
  server.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null]);
  assert.deepEqual(
    readdirSync(projectsDir).filter((name) => name.startsWith('.key')),
    [],
  );
});
