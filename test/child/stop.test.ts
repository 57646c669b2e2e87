import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../../src/system-errors.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { multipart, uploadForm } from '../helpers/multipart.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
const noneLeft = () => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes');
after(noneLeft);

const stateOnDisk = (projectsDir: string, id: string) =>
  (JSON.parse(readFileSync(join(projectsDir, 'p', 'jobs', id, 'job.json'), 'utf8')) as { state: string }).state;

/** A training whose three workers ignore TERM and the end of their server. */
async function trainWithWorkers(server: ServerProcess): Promise<void> {
  await server.train('p', { script: 'fork_workers' });
  await server.jobIn('p', 'active');
  await until(() => processesWith(mark).length >= 5, 60_000, 'server, child and workers');
}

describe('a server that is stopped', () => {
  it('by a second signal: ends at once, and no child is left', async () => {
    const server = await startServerProcess(await tempDir(), environment, {}, {}, { limitMs: 600_000, hangs: true });
    await trainWithWorkers(server);
    const ended = server.end('SIGTERM');
    const again = setInterval(() => signal(server.pid, 'SIGINT'), 100);
    assert.equal(await ended, 1);
    clearInterval(again);
    await noneLeft();
  });

  it('by a signal that comes twice within moments, as npm passes on a Ctrl-C: in good order', async () => {
    const server = await startServerProcess(await tempDir(), environment);
    await server.train('p', { script: 'ignore_term' });
    await server.jobIn('p', 'active');
    const ended = server.end('SIGTERM');
    // its child is given 800 ms
    await pause(100);
    signal(server.pid, 'SIGTERM');
    assert.equal(await ended, 0);
    await noneLeft();
  });

  it('and does not manage to: ends at the limit, and no child is left', async () => {
    const server = await startServerProcess(await tempDir(), environment, {}, {}, { limitMs: 200, hangs: true });
    await trainWithWorkers(server);
    assert.equal(await server.end('SIGTERM'), 1);
    await noneLeft();
  });

  it('ends the process that answers for photos', async () => {
    const pythonDir = fileURLToPath(new URL('../fixtures/inference', import.meta.url));
    const { app, config } = await buildTestApp(
      { python: FIXTURE_CHILD.python, pythonDir },
      { environment, jobs: idleJobs() },
    );
    await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p', await makeProjectZip({ id: 'p' })) });
    mkdirSync(join(config.projectsDir, 'p', 'output'));
    writeFileSync(join(config.projectsDir, 'p', 'output', 'model.pth'), 'x');
    const photo = { content: Buffer.from('ffd8ffe000104a464946', 'hex'), filename: 'photo.jpg', type: 'image/jpeg' };
    const answer = await app.inject({
      method: 'POST',
      url: '/inference_image',
      ...multipart([
        ['image', photo],
        ['project_id', 'p'],
      ]),
    });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal(processesWith(mark).length, 1);
    await app.close();
    assert.deepEqual(processesWith(mark), []);
  });

  it('again and again during one job: that says nothing against the job, which goes on each time', async () => {
    const projectsDir = await tempDir();
    let jobId = '';
    for (let stops = 0; stops < 2; stops += 1) {
      const server = await startServerProcess(projectsDir, environment, {}, { maxAttempts: 2 });
      if (stops === 0) await server.train('p', { epochs: 5, epochMs: 400 });
      const { id, attempt } = await server.jobIn('p', 'active');
      jobId = id;
      assert.equal(attempt, 1);
      assert.equal(await server.end('SIGTERM'), 0);
      assert.equal(stateOnDisk(projectsDir, id), 'waiting');
    }
    const server = await startServerProcess(projectsDir, environment, {}, { maxAttempts: 2 });
    assert.equal((await server.jobIn('p', 'completed', 'failed')).state, 'completed');
    await server.end('SIGTERM');
    const events = jobLog(projectsDir, 'p', jobId);
    assert.equal(events.filter(({ code }) => code === 'resumed').length, 2);
    assert.deepEqual(epochsIn(events), [1, 2, 3, 4, 5]);
  });

  for (const fault of ['exception', 'rejection'] as const) {
    it(`by an uncaught ${fault}: in order, with exit code 1, and the job goes on`, async () => {
      const projectsDir = await tempDir();
      const server = await startServerProcess(projectsDir, environment, {}, {}, { fault });
      await server.train('p', { epochs: 4, epochMs: 300 });
      const { id } = await server.jobIn('p', 'active');
      assert.equal(await server.end('SIGHUP'), 1);
      assert.deepEqual(processesWith(mark), []);
      assert.equal(stateOnDisk(projectsDir, id), 'waiting');
      const next = await startServerProcess(projectsDir, environment);
      assert.equal((await next.jobIn('p', 'completed')).id, id);
      await next.end('SIGTERM');
    });
  }

  it('while it starts: ends in good order, and leaves the folder free', async () => {
    const projectsDir = await tempDir();
    const server = spawn(process.execPath, scriptArguments('server'), {
      env: { ...environment, MAI_PORT: '0', LOG_LEVEL: 'silent', MAI_PROJECTS_DIR: projectsDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    const ended = once(server, 'exit');
    await until(() => readdirSync(projectsDir).includes('.server.lock'), 60_000, 'the lock');
    server.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.equal(said, '', 'the signal came too late to be a test');
    assert.equal(lstatSync(join(projectsDir, '.server.lock'), { throwIfNoEntry: false }), undefined);
  });
});

describe('jobs start once the port is bound', () => {
  it('not before', async () => {
    const { app, listen } = await buildTestApp(FIXTURE_CHILD, { environment });
    await app.inject('/ping');
    assert.deepEqual(processesWith(mark), []);
    await listen();
    await until(() => processesWith(mark).length > 0, 60_000, 'the waiting child');
    await app.close();
  });

  it('so a start on a port that is taken leaves them as they were', async () => {
    const projectsDir = await tempDir();
    const first = await startJobServer({ projectsDir }, { environment });
    await first.train('p', { epochs: 1000, epochMs: 20 });
    const { id } = await first.jobIn('p', 'active');
    await first.app.close();
    const file = join(projectsDir, 'p', 'jobs', id, 'job.json');
    const before = readFileSync(file, 'utf8');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const second = await buildTestApp(
      { ...FIXTURE_CHILD, projectsDir, port: typeof address === 'object' ? (address?.port ?? 0) : 0 },
      { environment },
    );
    await assert.rejects(second.listen(), /EADDRINUSE/);
    await second.app.close();
    taken.close();
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.ok(existsSync(file));
  });
});

/** On a busy machine a pause may last until the process has ended. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
