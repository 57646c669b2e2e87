import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { epochsIn, jobLog, type LoggedEvent } from '../helpers/job-log.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

/** The projects that wait, next first. */
async function waitingOf(server: ServerProcess): Promise<string[]> {
  const waiting = (await server.jobs()).filter(({ place }) => place !== undefined);
  return waiting.sort((a, b) => (a.place ?? 0) - (b.place ?? 0)).map(({ project_id }) => project_id);
}

const WAITING = ['a1', 'b1', 'a2'];

/** A server that is killed while `first` trains and the others wait, and the one that is started after it. */
async function killWhileOneTrains(projects: string) {
  const killed = await startServerProcess(projects, environment);
  await killed.from('127.0.0.2').train('first', { epochs: 6, epochMs: 400, mark: 'first' });
  for (const [name, address] of [
    ['a1', '127.0.0.3'],
    ['a2', '127.0.0.3'],
    ['b1', '127.0.0.4'],
  ] as const)
    await killed.from(address).train(name, { epochs: 1 });
  // It keeps the place of the one that it replaces, though it is the newest job.
  await killed.from('127.0.0.3').train('a1', { epochs: 1 });
  const waitedBefore = await waitingOf(killed);
  const cut = await openStream(`${killed.base}/listen?project_id=first`);
  await cut.waitFor('epoch_end');
  const lastId = String(cut.messages.at(-1)?.id);
  const jobId = lastId.split(':')[0] ?? '';
  await killed.end('SIGKILL');
  await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
  leaveBehind(projects, jobId);
  const server = await startServerProcess(projects, environment);
  whenOver(() => server.end('SIGTERM'));
  return { server, waitedBefore, cut, lastId, jobId };
}

/** The streams of a reader who asks anew and of one who goes on, once all jobs have ended. */
async function readToTheEnd(server: ServerProcess, lastId: string) {
  const reloaded = await openStream(`${server.base}/listen?project_id=first`);
  const waitAfter = await waitingOf(server);
  const resumed = await openStream(`${server.base}/listen?project_id=first`, { headers: { 'last-event-id': lastId } });
  await resumed.waitFor('train_end');
  await reloaded.waitFor('train_end');
  for (const project of WAITING) await server.jobIn(project, 'completed');
  return { reloaded, resumed, waitAfter, first: await server.jobIn('first', 'completed') };
}

describe('kill -9 of the server while one trains and others wait', () => {
  let projects: string;
  let killed: Awaited<ReturnType<typeof killWhileOneTrains>>;
  let read: Awaited<ReturnType<typeof readToTheEnd>>;
  setUp(async () => {
    projects = await tempDir();
    killed = await killWhileOneTrains(projects);
    read = await readToTheEnd(killed.server, killed.lastId);
  });

  it('the others keep their order', async () => {
    assert.deepEqual([killed.waitedBefore, read.waitAfter], [WAITING, WAITING]);
    const started = (await killed.server.jobs()).filter(({ started_at }) => started_at !== undefined);
    assert.deepEqual(
      started.sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0)).map(({ project_id }) => project_id),
      ['first', ...WAITING],
    );
  });

  it('the training goes on: its log has no gap and no double point', () => {
    const lines = jobLog(projects, 'first', killed.jobId);
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      lines.map((_, index) => index + 1),
    );
    assert.deepEqual(epochsIn(lines), [1, 2, 3, 4, 5, 6]);
    assert.equal(lines.filter(({ event }) => event === 'initial').length, 1);
    assert.ok(lines.some(({ code }) => code === 'resumed'));
    assert.equal(read.first.attempt, 2);
  });

  it('what the crash left half made is gone', () => {
    assert.ok(!existsSync(join(projects, 'first', 'jobs', '000000000-abcdef')));
    assert.ok(!existsSync(join(projects, 'first', 'output', 'of-the-attempt-before')));
  });

  it('a reloaded page gets the whole curve', () => {
    const { reloaded } = read;
    assert.deepEqual(epochsIn(reloaded.messages.map(({ data }) => data as unknown as LoggedEvent)), [1, 2, 3, 4, 5, 6]);
    assert.equal(reloaded.names().filter((name) => name === 'initial').length, 1);
  });

  it('a stream that was cut goes on after its last id, and misses nothing', () => {
    const { jobId, lastId, cut } = killed;
    // A fresh stream begins with the curve so far, so what it missed before is no loss; from its last id on nothing may be.
    const lastSeq = Number(lastId.split(':')[1]);
    assert.deepEqual(
      read.resumed.messages.map(({ id }) => id),
      jobLog(projects, 'first', jobId)
        .filter(({ seq }) => seq > lastSeq)
        .map(({ seq }) => `${jobId}:${seq}`),
    );
    const before = cut.messages.map(({ id }) => Number(String(id).split(':')[1]));
    assert.deepEqual(
      before,
      [...new Set(before)].sort((a, b) => a - b),
    );
  });
});

/** What a crash can leave: a torn line, a submission without its job.json, a model that is half written. */
function leaveBehind(projects: string, jobId: string): void {
  const jobs = join(projects, 'first', 'jobs');
  appendFileSync(join(jobs, jobId, 'events.jsonl'), '{"seq":999,"time":1,"ev');
  mkdirSync(join(jobs, '000000000-abcdef', '.input'), { recursive: true });
  mkdirSync(join(jobs, jobId, 'output'), { recursive: true });
  writeFileSync(join(jobs, jobId, 'output', 'of-the-attempt-before'), '');
}
