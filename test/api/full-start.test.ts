import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorCode } from '../../src/errors.ts';
import { lockFolder } from '../../src/projects/lock.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { smallDisk } from '../helpers/small-disk.ts';

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

test('a server starts on a full disk: it reads and deletes, says what is wrong, and does the rest with room again', { skip }, async () => {
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
  assert.equal(ping.result, 'pong');
  assert.match(String(ping.notice), /disk of the server is full/);
  const { projects } = (await server.get('/projects')).body as { projects: { id: string }[] };
  assert.deepEqual(projects.map(({ id }) => id).sort(), ['model', 'runs', 'waits']);
  assert.equal((await fetch(`${server.base}/projects/model/output/model.pth`)).status, 200);
  assert.equal((await server.upload('new')).status, 507);
  assert.equal((await fetch(`${server.base}/projects/runs`, { method: 'DELETE' })).status, 200);
  await server.app.close();
  lock.release();

  rmSync(join(projectsDir, '.filler'));
  const after = await startJobServer({ projectsDir, slots: 1 });
  assert.equal((await after.get('/ping')).body.notice, undefined);
  assert.equal((await after.train('new', { epochs: 1 })).status, 200);
  await after.jobIn('new', 'completed');
});
