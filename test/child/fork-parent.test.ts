import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The process that forks children dies while one of them works.

const isLinux = process.platform === 'linux';
const { mark, environment } = markedEnvironment();
const server = await startJobServer({}, { environment });
after(async () => {
  await server.app.close();
  if (isLinux) assert.deepEqual(processesWith(mark), []);
});

const processOf = (project: string, id: string, { config } = server) =>
  until(
    () => {
      const text = readFileSync(join(config.projectsDir, project, 'jobs', id, 'job.json'), 'utf8');
      return (JSON.parse(text) as { process?: { pid: number } }).process?.pid;
    },
    20_000,
    'the process of the job',
  );

const parentOf = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')[1],
  );

describe('the death of the process that forks', () => {
  it('ends its children; their training goes on in another one, and no epoch comes twice', async (t) => {
    if (!isLinux) return t.skip('children are forked on Linux alone');
    const stream = await openStream(`${server.base}/listen`);
    await server.train('p', { epochs: 20, epochMs: 50 });
    const { id } = await server.jobIn('p', 'active');
    await stream.waitFor('epoch_end');
    const first = await processOf('p', id);
    process.kill(parentOf(first), 'SIGKILL');
    const done = await server.jobIn('p', 'completed', 'failed');
    assert.equal(done.state, 'completed');
    const events = jobLog(server.config.projectsDir, 'p', id);
    assert.deepEqual(
      epochsIn(events),
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    assert.equal(events.filter(({ code }) => code === 'carried_on').length, 1);
    assert.ok(!events.some(({ code }) => code === 'resumed'));
    stream.close();
  });

  it('costs no training, even if it dies again and again', async (t) => {
    if (!isLinux) return t.skip('children are forked on Linux alone');
    await server.train('s', { epochs: 9, epochMs: 100 });
    const { id } = await server.jobIn('s', 'active');
    const log = () => jobLog(server.config.projectsDir, 's', id);
    for (const deaths of [1, 2, 3]) {
      await until(() => epochsIn(log()).length >= 2 * deaths, 20_000, `epoch ${2 * deaths}`);
      process.kill(parentOf(await processOf('s', id)), 'SIGKILL');
      await until(() => log().filter(({ code }) => code === 'carried_on').length === deaths, 60_000, 'another process');
    }
    assert.equal((await server.jobIn('s', 'completed', 'failed')).state, 'completed');
    assert.deepEqual(epochsIn(log()), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('while a training is asked to leave its turn has it asked again', async (t) => {
    if (!isLinux) return t.skip('children are forked on Linux alone');
    const asked = join(await tempDir(), 'asked');
    const tuning = { slices: { leastS: 0.3, costs: 0 }, yieldMinFreeBytes: 0 };
    const server = await startJobServer({ slots: 1 }, { environment, tuning });
    await server.train('t', { epochs: 3, untilAsked: true, hangsOnce: asked });
    const { id } = await server.jobIn('t', 'active');
    await server.from('127.0.0.9').train('u', { epochs: 1 });
    await until(() => existsSync(asked) || undefined, 60_000, 'the request');
    process.kill(parentOf(await processOf('t', id, server)), 'SIGKILL');
    const [other, own] = [await server.jobIn('u', 'completed'), await server.jobIn('t', 'completed')];
    assert.ok(Number(other.finished_at) < Number(own.finished_at), 'the other one had its turn');
    await server.app.close();
  });

  it('while a trained model is converted again costs neither the training nor the conversion', async (t) => {
    if (!isLinux) return t.skip('children are forked on Linux alone');
    const gate = join(await tempDir(), 'gate');
    writeFileSync(gate, '');
    const other = server.from('127.0.0.9');
    await other.train('busy', { epochs: 1000, epochMs: 20 });
    await server.jobIn('busy', 'active');
    const { body } = await server.train('r', { epochs: 1, firstAnswer: 'give', convertUntil: gate, mark: 'trained' });
    const id = String(body['job_id']);
    const folder = join(server.config.projectsDir, 'r');
    await until(() => existsSync(join(folder, 'jobs', id, 'instant', 'model.pth')) || undefined, 60_000, 'an answer');
    assert.equal((await server.get('/convert?project_id=r')).body['result'], 'OK');
    rmSync(gate);
    await other.get('/terminate?project_id=busy');
    await until(() => existsSync(`${gate}.waiting`) || undefined, 60_000, 'the conversion of the trained model');
    const converting = Number(readFileSync(`${gate}.waiting`, 'utf8'));
    process.kill(parentOf(converting), 'SIGKILL');
    await until(() => !existsSync(`/proc/${converting}`) || undefined, 60_000, 'the end of the conversion');
    writeFileSync(gate, '');
    const done = await until(
      async () => {
        const job = (await server.get(`/jobs/${id}`)).body;
        return job['state'] === 'waiting' || job['state'] === 'active' ? undefined : job;
      },
      20_000,
      'the end',
    );
    assert.deepEqual([done['state'], done['code']], ['completed', undefined]);
    assert.match(readFileSync(join(folder, 'output', 'model.pth'), 'utf8'), /trained/);
    assert.ok(existsSync(join(folder, 'output', 'model_int8.bin')));
  });

  it('has the same cure where it only stands still: the job ends, and the next one starts', async (t) => {
    if (!isLinux) return t.skip('children are forked on Linux alone');
    await server.train('v', { epochs: 3, epochMs: 50 });
    const { id } = await server.jobIn('v', 'active');
    process.kill(parentOf(await processOf('v', id)), 'SIGSTOP');
    assert.equal((await server.jobIn('v', 'completed', 'failed')).state, 'completed');
    await server.train('v', { epochs: 1 });
    await server.jobIn('v', 'completed');
  });

  it('costs the next job nothing', async () => {
    await server.train('q', { epochs: 1 });
    assert.equal((await server.jobIn('q', 'completed')).attempt, 1);
  });
});
