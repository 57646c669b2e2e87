import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import { epochsIn, jobLog, type LoggedEvent } from '../helpers/job-log.ts';
import { type JobAnswer, type JobClient, startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Trainings on one slot that take turns: one leaves its turn when its slice is over and others wait.

const { mark, environment } = markedEnvironment();
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

/** A turn is over after its first epoch. */
const SHORT: Partial<JobTuning> = { slices: { leastS: 0.01, costs: 0 }, yieldMinFreeBytes: 0 };
const start = (projectsDir: string, tuning: Partial<JobTuning> = {}) =>
  startJobServer({ projectsDir, slots: 1 }, { environment, tuning: { ...SHORT, ...tuning } });

const countOf = (lines: readonly LoggedEvent[], ...names: string[]) =>
  names.map((name) => lines.filter(({ event, code }) => event === name || code === name).length);
const upTo = (epochs: number) => Array.from({ length: epochs }, (_, n) => n + 1);

/** A waiting training that has left a turn. */
const waitingAfterTurn = (client: JobClient, project: string): Promise<JobAnswer> =>
  until(
    async () => (await client.jobs()).find((one) => one.project_id === project && one.state === 'waiting' && one.epoch),
    60_000,
    `${project} to have left its turn`,
  );

describe('trainings that take turns', () => {
  it('have a whole curve, begin once, and no later one waits for the second turn of an earlier one', async () => {
    const projects = await tempDir();
    const server = await start(projects);
    const names = ['a', 'b', 'c'];
    for (const [index, name] of names.entries())
      await server.from(`127.0.0.${index + 2}`).train(name, { epochs: 4, epochMs: 150, untilAsked: index === 0 });
    const seen = await waitingAfterTurn(server, 'a');
    const { stage } = (await server.from('127.0.0.2').get('/ping')).body;
    assert.deepEqual([seen.attempt, seen.epoch, seen.max_epoch, stage], [0, 1, 4, 2]);
    assert.ok(seen.place !== undefined && seen.eta_s !== undefined);
    const logs = [];
    for (const name of names) {
      const { id, attempt } = await server.jobIn(name, 'completed', 'failed');
      const lines = jobLog(projects, name, id);
      const counts = countOf(lines, 'initial', 'resumed', 'dataset_loading', 'train_start', 'train_end');
      assert.deepEqual([attempt, epochsIn(lines), counts], [1, upTo(4), [1, 0, 1, 1, 1]], name);
      logs.push(lines);
    }
    const first = logs.map((lines) => lines.find(({ event }) => event === 'epoch_start')?.time ?? 0);
    const second = logs[0]?.filter(({ event }) => event === 'epoch_start')[1]?.time ?? 0;
    assert.ok(Math.max(...first) < second, 'everybody had a first turn before the second one of the first');
    // What is said of a turn: once, with its place; of the place afterwards that it goes on.
    const paused = logs[0]?.filter(({ code }) => code === 'yielded') ?? [];
    assert.ok(paused.length >= 1 && paused.every(({ place, epoch }) => place !== undefined && epoch !== undefined));
    assert.match(JSON.stringify(paused[0]), /goes on by itself later; you are number/);
  });

  it('leave their turn to a conversion of another project', async () => {
    const server = await start(await tempDir());
    await server.from('127.0.0.2').train('old', { epochs: 1 });
    await server.jobIn('old', 'completed');
    await server.from('127.0.0.3').train('long', { epochs: 500, epochMs: 40 });
    await server.jobIn('long', 'active');
    assert.deepEqual((await server.from('127.0.0.2').get('/convert?project_id=old')).body, { result: 'OK' });
    assert.ok(['waiting', 'active'].includes((await server.jobIn('long', 'waiting', 'active')).state));
    await server.get('/terminate?project_id=long');
  });

  it('leave it also where the clock is set back meanwhile', async (t) => {
    const server = await start(await tempDir(), { slices: { leastS: 0.3, costs: 0 } });
    await server.from('127.0.0.2').train('a', { epochs: 2, untilAsked: true });
    await until(async () => (await server.jobIn('a', 'active')).epoch === 1, 60_000, 'its first epoch');
    const clock = Date.now;
    t.mock.method(Date, 'now', () => clock() - 3_600_000);
    await server.from('127.0.0.3').train('b', { epochs: 1 });
    await server.jobIn('b', 'completed');
    await server.jobIn('a', 'completed');
  });

  it('stay in their turn while nobody waits, while the disk is nearly full, and where a child takes no notice', async () => {
    const never = { epochs: 8, epochMs: 60, neverYields: true };
    for (const [tuning, settings] of [
      [{ yieldMinFreeBytes: Number.MAX_SAFE_INTEGER }, { epochs: 8, epochMs: 60 }],
      [{}, never],
    ] as const) {
      const projects = await tempDir();
      const server = await start(projects, tuning);
      await server.from('127.0.0.2').train('a', settings);
      await server.from('127.0.0.3').train('b', settings);
      const { id, finished_at } = await server.jobIn('a', 'completed');
      assert.deepEqual(countOf(jobLog(projects, 'a', id), 'yielded'), [0]);
      const b = await server.jobIn('b', 'completed');
      assert.ok(Number(b.started_at) >= Number(finished_at));
      await server.app.close();
    }
  });

  for (const [script, state] of [
    ['end_when_asked', 'completed'],
    ['crash_when_asked', 'failed'],
  ] as const) {
    it(`and one that is asked may ${state === 'completed' ? 'end' : 'crash'} instead`, async () => {
      const projects = await tempDir();
      const server = await start(projects);
      await server.from('127.0.0.2').train('a', { epochs: 3, script });
      await server.from('127.0.0.3').train('b', { epochs: 1 });
      assert.equal((await server.jobIn('a', 'completed', 'failed')).state, state);
      await server.jobIn('b', 'completed');
    });
  }

  it('go on where a process hangs after it left its turn', async () => {
    const projects = await tempDir();
    const server = await start(projects, { exitGraceMs: 300 });
    await server.from('127.0.0.2').train('a', { epochs: 3, epochMs: 100, hangsAfterYield: true });
    await server.from('127.0.0.3').train('b', { epochs: 2, epochMs: 100 });
    const { id } = await server.jobIn('a', 'completed');
    await server.jobIn('b', 'completed');
    assert.deepEqual(epochsIn(jobLog(projects, 'a', id)), [1, 2, 3]);
  });
});

/** The states in which a training can be stopped, and a project of it that is in this state. */
const STATES = [
  ['waits for its next turn', { epochs: 4, untilAsked: true }, 'waiting'],
  ['is asked to leave its turn', { epochs: 2, epochMs: 1_500 }, 'active'],
  ['is just leaving its turn', { epochs: 4, untilAsked: true, hangsAfterYield: true }, 'active'],
  ['goes on, before its next epoch', { epochs: 4, untilAsked: true, resumes: true }, 'waiting'],
] as const;
/** The last of these goes on after this file is there. */
const gateOf = (projects: string) => join(projects, '.gate');

/** A server on which `a` is in one of STATES, and `b` waits for its turn or has it. */
async function inState(
  server: JobClient & { from(address: string): JobClient },
  projects: string,
  [, settings, state]: (typeof STATES)[number],
): Promise<JobAnswer> {
  const resumeUntil = 'resumes' in settings ? gateOf(projects) : undefined;
  await server.from('127.0.0.2').train('a', { ...settings, resumeUntil });
  const { id } = await server.jobIn('a', 'active');
  const lines = () => jobLog(projects, 'a', id);
  await until(() => countOf(lines(), 'epoch_start')[0] === 1, 60_000, 'its first epoch');
  // The epochs of b are so long that a is not next again before the test is done.
  await server.from('127.0.0.3').train('b', { epochs: 2, epochMs: 4_000 });
  if (state === 'waiting') {
    const left = await waitingAfterTurn(server, 'a');
    if (resumeUntil === undefined) return left;
    await server.get('/terminate?project_id=b');
    await until(() => existsSync(`${resumeUntil}.waiting`), 60_000, 'its next turn');
  }
  // Asked at once; where its process hangs after the first epoch, it is leaving.
  if ('hangsAfterYield' in settings) await until(() => epochsIn(lines()).length > 0, 60_000, 'an epoch of a');
  return server.jobIn('a', 'active');
}

for (const state of STATES) {
  describe(`a training that ${state[0]}`, () => {
    it('is cancelled, for good', async () => {
      const projects = await tempDir();
      const server = await start(projects);
      const { id } = await inState(server, projects, state);
      assert.deepEqual((await server.get('/terminate?project_id=a')).body, { result: 'OK' });
      assert.equal((await server.get(`/jobs/${id}`)).body.state, 'cancelled');
      assert.equal(jobLog(projects, 'a', id).at(-1)?.code, 'cancelled');
      await server.get('/terminate?project_id=b');
      assert.ok((await server.jobs()).every((one) => one.state !== 'waiting' && one.state !== 'active'));
    });

    it('is replaced by a second Train of its client, and by nobody else', async () => {
      const projects = await tempDir();
      const server = await start(projects);
      const { id } = await inState(server, projects, state);
      const refused = await server.from('127.0.0.9').train('a', { epochs: 1 });
      assert.deepEqual([refused.status, refused.body.code], [409, 'project_training_elsewhere']);
      const again = await server.from('127.0.0.2').train('a', { epochs: 1 });
      await until(async () => (await server.get(`/jobs/${id}`)).body.state === 'cancelled', 60_000, 'its end');
      await server.get('/terminate?project_id=b');
      assert.equal((await server.jobIn('a', 'completed')).id, again.body.job_id);
    });

    it('is deleted with its project', async () => {
      const projects = await tempDir();
      const server = await start(projects);
      const { id } = await inState(server, projects, state);
      assert.equal((await server.app.inject({ method: 'DELETE', url: '/projects/a' })).statusCode, 200);
      assert.ok(!existsSync(join(projects, 'a')));
      assert.equal((await server.get(`/jobs/${id}`)).status, 404);
      await server.get('/terminate?project_id=b');
    });

    for (const signal of 'resumes' in state[1] ? (['SIGKILL'] as const) : (['SIGTERM', 'SIGKILL'] as const)) {
      it(`goes on after ${signal} of the server, with a whole curve`, async () => {
        const projects = await tempDir();
        let server = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
        const { id } = await inState(server, projects, state);
        await server.end(signal);
        await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
        server = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
        writeFileSync(gateOf(projects), '');
        await server.get('/terminate?project_id=b');
        assert.equal((await server.jobIn('a', 'completed', 'failed')).id, id);
        const lines = jobLog(projects, 'a', id);
        assert.deepEqual(epochsIn(lines), upTo(state[1].epochs));
        assert.deepEqual(countOf(lines, 'initial'), [1]);
        assert.equal((await server.get(`/jobs/${id}`)).body.state, 'completed');
        await server.end('SIGTERM');
      });
    }
  });
}

describe('the order of trainings that have left their turn', () => {
  it('is the same after a restart, and who was in a turn goes first', async () => {
    const projects = await tempDir();
    let server = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
    const names = ['a', 'b', 'c', 'd'];
    // The last one stays in its first turn, so that nothing moves.
    for (const [index, name] of names.entries())
      await server
        .from(`127.0.0.${index + 2}`)
        .train(
          name,
          name === 'd' ? { epochs: 2, epochMs: 30_000 } : { epochs: 9, epochMs: 100, sinceBest: index ? 0 : 9 },
        );
    await waitingAfterTurn(server, 'c');
    await server.jobIn('d', 'active');
    const order = async () =>
      (await server.jobs())
        .filter(({ place }) => place !== undefined)
        .sort((one, other) => (one.place ?? 0) - (other.place ?? 0))
        .map(({ project_id }) => project_id);
    // The first one has not improved for long, so the others come first.
    assert.deepEqual(await order(), ['b', 'c', 'a']);
    await server.end('SIGKILL');
    await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
    server = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
    assert.equal((await server.jobIn('d', 'active')).state, 'active');
    assert.deepEqual(await order(), ['b', 'c', 'a']);
    for (const name of names) await server.get(`/terminate?project_id=${name}`);
    await server.end('SIGTERM');
  });
});
