import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { jobLog } from '../helpers/job-log.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// First answers for trainings that wait (src/jobs/first-answers), with a process that only speaks the protocol.

const scratch = await tempDir();
const server = await startJobServer({ slots: 1 });
const LONG = { epochs: 1000, epochMs: 20 };
const log = join(scratch, 'asked');
const asked = () =>
  existsSync(log)
    ? readFileSync(log, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0])
    : [];
const pids = () =>
  new Set(
    readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[1]),
  );

async function occupy() {
  await server.from('127.0.0.9').train('busy', LONG);
  await server.jobIn('busy', 'active');
  return async () => assert.equal((await server.get('/terminate?project_id=busy')).body['result'], 'OK');
}

const eventsOf = (project: string, jobId: string) =>
  jobLog(server.config.projectsDir, project, jobId).map(({ event }) => event);

const hasAnswer = (project: string, jobId: string) =>
  until(() => eventsOf(project, jobId).includes('instant_model') || undefined, 20_000, `an answer for ${project}`);

const waitsAnswered = async (project: string, config: object, from = '127.0.0.2') => {
  const { body } = await server.from(from).train(project, { epochs: 1, firstAnswerLog: log, ...config });
  return String(body['job_id']);
};

describe('a training that waits', () => {
  it('has its first answer before its turn, in the order of the queue, and is not answered again', async () => {
    const release = await occupy();
    const gate = join(scratch, 'gate');
    const argumentsFile = join(scratch, 'arguments');
    const first = await waitsAnswered('a1', { firstAnswer: 'give', firstAnswerUntil: gate, argumentsFile });
    const last = await waitsAnswered('a2', { firstAnswer: 'give' });
    const firstAnswerNext = join(scratch, 'next');
    const other = await waitsAnswered('b1', { firstAnswer: 'give', firstAnswerNext }, '127.0.0.3');
    writeFileSync(gate, '');
    await hasAnswer('b1', other);
    await hasAnswer('a1', first);
    await until(() => asked().length === 3 || undefined, 60_000, 'three answers');
    assert.deepEqual(asked(), ['a1', 'b1', 'a2'], 'clients take turns');
    assert.equal(pids().size, 1, 'by one process');
    assert.equal(readFileSync(firstAnswerNext, 'utf8'), last, 'which reads the next one ahead');
    await release();
    const done = await server.jobIn('a1', 'completed');
    const events = eventsOf('a1', done.id);
    assert.equal(events.filter((event) => event === 'instant_model').length, 1);
    assert.ok((JSON.parse(readFileSync(argumentsFile, 'utf8')) as string[]).includes('--answered'));
    await server.jobIn('a2', 'completed');
  });

  it('is not asked about where a slot is free', async () => {
    const before = asked().length;
    const argumentsFile = join(scratch, 'own arguments');
    await waitsAnswered('alone', { firstAnswer: 'give', argumentsFile });
    await server.jobIn('alone', 'completed');
    assert.ok(!(JSON.parse(readFileSync(argumentsFile, 'utf8')) as string[]).includes('--answered'));
    assert.equal(asked().length, before);
  });

  it('ends at once where its project cannot be trained, with the reason', async () => {
    const release = await occupy();
    await waitsAnswered('refused', { firstAnswer: 'refuse' });
    const job = await server.jobIn('refused', 'failed');
    assert.deepEqual([job.code, job.started_at], ['too_few_labels', undefined]);
    await release();
  });

  it('is asked about once more where the process died, by another one', async () => {
    const release = await occupy();
    const id = await waitsAnswered('unlucky', { firstAnswer: 'die once', diedOnce: join(scratch, 'died') });
    await hasAnswer('unlucky', id);
    assert.equal(asked().filter((project) => project === 'unlucky').length, 2);
    await release();
    await server.jobIn('unlucky', 'completed');
  });

  it('answers by itself where the process dies again, and the others are not kept waiting', async () => {
    const release = await occupy();
    await waitsAnswered('deadly', { firstAnswer: 'die' });
    await hasAnswer('after', await waitsAnswered('after', { firstAnswer: 'give' }, '127.0.0.3'));
    assert.equal(asked().filter((project) => project === 'deadly').length, 2);
    await release();
    await server.jobIn('deadly', 'completed');
  });

  it('is asked about once where the process says that it cannot, whoever comes after it', async () => {
    const release = await occupy();
    await waitsAnswered('unable', {});
    for (const project of ['after1', 'after2'])
      await hasAnswer(project, await waitsAnswered(project, { firstAnswer: 'give' }, '127.0.0.3'));
    assert.equal(asked().filter((project) => project === 'unable').length, 1);
    await release();
    await server.jobIn('unable', 'completed');
  });

  it('can be cancelled while it is asked about, which costs the others nothing', async () => {
    const release = await occupy();
    await waitsAnswered('left', { firstAnswer: 'give', firstAnswerUntil: join(scratch, 'never') });
    const behind = await waitsAnswered('behind', { firstAnswer: 'give' }, '127.0.0.3');
    await until(() => asked().includes('left') || undefined, 60_000, 'the question');
    assert.equal((await server.get('/terminate?project_id=left')).body['result'], 'OK');
    assert.equal((await server.jobIn('left', 'cancelled')).code, 'cancelled');
    await hasAnswer('behind', behind);
    await release();
    await server.jobIn('behind', 'completed');
  });

  it('does not begin while it is asked about', async () => {
    const release = await occupy();
    const gate = join(scratch, 'gate2');
    const id = await waitsAnswered('held', { firstAnswer: 'give', firstAnswerUntil: gate });
    await until(() => asked().includes('held') || undefined, 60_000, 'the question');
    await release();
    const next = await server.from('127.0.0.3').train('next', { epochs: 1 });
    await server.jobIn('next', 'completed');
    assert.equal((await server.get(`/jobs/${id}`)).body['state'], 'waiting');
    writeFileSync(gate, '');
    await server.jobIn('held', 'completed');
    assert.equal(next.status, 200);
  });
});
