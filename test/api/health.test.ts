import assert from 'node:assert/strict';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { createReadiness } from '../../src/admin/readiness.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { withResolvers } from '../../src/promises.ts';

const WELL = { projects: 'ok', python: 'ok', recovery: 'ok', process: 'ok' };
const PARTS = {
  ...FIXTURE_CHILD,
  searchPath: process.env['PATH'] ?? '',
  hasChildFailed: () => false,
  isRecovered: () => true,
  isStopping: () => false,
};

const disk = await smallDisk(2_000_000);

describe('/healthz and /readyz', () => {
  it('say that the server lives and can take work, to whoever has no key too', async () => {
    const { listen, config } = await buildTestApp(
      { ...FIXTURE_CHILD, keys: [{ workspace: '7a', key: 'river-candle-tiger' }] },
      { jobs: idleJobs() },
    );
    const base = await listen();
    for (const at of [base, `${base}/w/river-candle-tiger`]) {
      const [alive, ready] = [await fetch(`${at}/healthz`), await fetch(`${at}/readyz`)];
      assert.deepEqual([alive.status, await alive.json()], [200, { status: 'alive' }]);
      assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ready', parts: WELL }]);
      assert.equal(ready.headers.get('cache-control'), 'no-store');
    }
    assert.equal((await fetch(`${base}/ping`)).status, 404, 'what is of pupils still needs the key');
    assert.ok(!(await readdir(config.projectsDir)).includes('.ready'), 'the look leaves nothing behind');
  });

  it('before it listens what a crash left is not in order: it lives, and is not ready', async () => {
    const { app } = await buildTestApp(FIXTURE_CHILD, { jobs: idleJobs() });
    assert.equal((await app.inject('/healthz')).statusCode, 200);
    const early = await app.inject('/readyz');
    assert.equal(early.statusCode, 503);
    assert.deepEqual(early.json(), { status: 'not ready', parts: { ...WELL, recovery: 'running' } });
  });

  it('while it stops it is not ready', async () => {
    const slow = withResolvers<void>();
    const { app, listen } = await buildTestApp(FIXTURE_CHILD, { jobs: idleJobs({ close: () => slow.promise }) });
    const base = await listen();
    const closed = app.close();
    const answer = await until(async () => {
      const response = await fetch(`${base}/readyz`);
      return response.status === 503 ? response.json() : undefined;
    });
    assert.deepEqual(answer, { status: 'not ready', parts: { ...WELL, process: 'stopping' } });
    slow.resolve();
    await closed;
  });

  it('say what is wrong by a word, without paths', async () => {
    const { app, listen, config } = await buildTestApp(
      { ...FIXTURE_CHILD, python: '/there/is/no/python' },
      { jobs: idleJobs() },
    );
    await listen();
    const answer = await app.inject('/readyz');
    assert.deepEqual([answer.statusCode, answer.json().parts], [503, { ...WELL, python: 'missing' }]);
    for (const path of [config.projectsDir, '/there']) assert.ok(!answer.body.includes(path));
  });
});

describe('the parts', () => {
  it('Python: its interpreter or its programs are missing, or the first child could not import', async () => {
    const projectsDir = await tempDir();
    const python = async (change: object) => (await createReadiness({ ...PARTS, projectsDir, ...change })()).python;
    assert.equal(await python({}), 'ok');
    assert.equal(await python({ python: 'python3' }), 'ok');
    assert.equal(await python({ python: 'python3', searchPath: projectsDir }), 'missing');
    assert.equal(await python({ pythonDir: projectsDir }), 'missing');
    assert.equal(await python({ hasChildFailed: () => true }), 'ended');
  });

  it('projects: a folder that cannot be written, also where somebody put a folder in the way', async () => {
    const projectsDir = await tempDir();
    await mkdir(`${projectsDir}/.ready`);
    assert.equal((await createReadiness({ ...PARTS, projectsDir })()).projects, 'not_writable');
    const gone = `${projectsDir}/gone`;
    assert.equal((await createReadiness({ ...PARTS, projectsDir: gone })()).projects, 'not_writable');
  });

  it('projects: a full disk', {
    skip: disk === undefined ? 'this user may not mount a small disk' : false,
  }, async () => {
    const projectsDir = disk ?? assert.fail();
    assert.equal((await createReadiness({ ...PARTS, projectsDir })()).projects, 'ok');
    await writeFile(`${projectsDir}/much`, Buffer.alloc(1_500_000));
    assert.equal((await createReadiness({ ...PARTS, projectsDir })()).projects, 'disk_full');
  });

  it('projects: looks that come together write once', async () => {
    const projectsDir = await tempDir();
    const look = createReadiness({ ...PARTS, projectsDir });
    assert.equal((await look()).projects, 'ok');
    await rm(projectsDir, { recursive: true });
    assert.equal((await look()).projects, 'ok', 'it is the answer of a moment ago');
  });
});
