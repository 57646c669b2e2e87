import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFairShare } from '../../src/child/fair-share.ts';
import { createGroupNiceness } from '../../src/child/group-niceness.ts';
import { NICENESS } from '../../src/child/priority.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

describe('the priority of a job', () => {
  it('holds for its process and, where Linux has it, for its group', async (t) => {
    if (process.platform !== 'linux') return t.skip('children are looked up in /proc');
    const server = await startJobServer({ slots: 1 }, PATIENT);
    await server.train('p', { script: 'silent' });
    const { id } = await server.jobIn('p', 'active');
    const pid = await until(() => pidOf(server.config.projectsDir, id), 60_000, 'the process of the job');
    assert.equal(getPriority(pid), NICENESS.job);
    if (!existsSync(groupOf(pid))) return t.diagnostic('this system has no groups');
    const niceness = (wanted: number) => untilNice(pid, wanted);
    await niceness(0);
    const busyUntil = performance.now() + 400;
    while (performance.now() < busyUntil); // the server's loop is late
    await niceness(NICENESS.job);
  });
});

/** The training of these tests is silent, and a busy machine may need longer for them than silence is borne. */
const PATIENT = { tuning: { silenceMs: 600_000 } };

describe('the priority of a training', () => {
  it('is lowered while first answers are made for those that wait', async (t) => {
    if (!existsSync('/proc/self/autogroup')) return t.skip('this system has no groups of processes');
    const server = await startJobServer({ slots: 1 }, PATIENT);
    const firstAnswerUntil = join(await tempDir(), 'gate');
    const niceness = await nicenessOfTraining(server);
    await niceness(0);
    await server.train('q', { epochs: 2, firstAnswer: 'give', firstAnswerUntil });
    await niceness(NICENESS.background);
    writeFileSync(firstAnswerUntil, '');
    await niceness(0);
  });

  it('is lowered while the model so far of another one is converted', async (t) => {
    if (!existsSync('/proc/self/autogroup')) return t.skip('this system has no groups of processes');
    const server = await startJobServer({ slots: 1 }, PATIENT);
    const { projectsDir } = server.config;
    const gate = join(await tempDir(), 'gate');
    const niceness = await nicenessOfTraining(server);
    await server.train('q', { epochs: 2, firstAnswer: 'give', convertUntil: gate });
    const waiting = await server.jobIn('q', 'waiting');
    const instant = join(projectsDir, 'q', 'jobs', waiting.id, 'instant', 'model.pth');
    await until(() => existsSync(instant) || undefined, 60_000, 'a first answer');
    await niceness(0);
    const converted = server.get('/convert?project_id=q');
    await niceness(NICENESS.background);
    writeFileSync(gate, '');
    assert.equal((await converted).body['result'], 'OK');
    await niceness(0);
  });
});

describe('the nice value of a group', () => {
  const eagain = () => Object.assign(new Error('busy'), { code: 'EAGAIN' });

  it('is written again where the system takes one change at a time, the newest for each process', async () => {
    const written: [number, number][] = [];
    let [last, tries] = [0, 0];
    const set = createGroupNiceness((pid, niceness) => {
      tries += 1;
      if (performance.now() - last < 100) throw eagain();
      last = performance.now();
      written.push([pid, niceness]);
    });
    set(1, 10);
    set(2, 5);
    set(1, 2);
    set(1, 3);
    assert.equal(tries, 2, 'refused once, it waits');
    await until(() => written.length === 3, 60_000, 'all values');
    set(3, 7);
    await until(() => written.length === 4, 60_000, 'a value that comes later');
    assert.deepEqual(written, [
      [1, 10],
      [2, 5],
      [1, 3],
      [3, 7],
    ]);
  });

  it('of a process that is gone keeps nobody waiting', () => {
    const written: number[] = [];
    const set = createGroupNiceness((pid) => {
      if (pid === 1) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      written.push(pid);
    });
    set(1, 10);
    set(2, 10);
    assert.deepEqual(written, [2]);
  });
});

describe('the share of a job', () => {
  const changes: [number, number][] = [];
  const share = createFairShare((pid, niceness) => changes.push([pid, niceness]));
  const newChanges = () => changes.splice(0);
  let end = () => {};

  it('is a fair one', () => {
    share.add(7, new Promise<void>((resolve) => (end = resolve)), 'job');
    share.check(19, 0);
    assert.deepEqual(newChanges(), [[7, 0]]);
  });

  it('is given up as soon as answers are late, by jobs that start then too', () => {
    share.check(20, 250);
    share.add(8, new Promise(() => {}), 'job');
    assert.deepEqual(newChanges(), [
      [7, NICENESS.job],
      [8, NICENESS.job],
    ]);
  });

  it('comes back three seconds after the last late one', () => {
    share.check(0, 500);
    share.check(30, 2_000);
    share.check(0, 4_999);
    assert.deepEqual(newChanges(), []);
    share.check(0, 5_000);
    assert.deepEqual(newChanges(), [
      [7, 0],
      [8, 0],
    ]);
  });

  it('gives way to first answers, which keep theirs', () => {
    const gone = new Promise<void>(() => {});
    share.add(9, gone, 'first answers');
    share.setAnswering(true);
    share.setAnswering(true);
    assert.deepEqual(newChanges(), [
      [9, 0],
      [7, NICENESS.background],
      [8, NICENESS.background],
      [9, 0],
    ]);
    share.setAnswering(false);
    assert.deepEqual(newChanges().slice(0, 2), [
      [7, 0],
      [8, 0],
    ]);
  });

  it('gives way to the conversion of a model so far, which itself gives way to first answers', async () => {
    let convertedSoFar = () => {};
    share.add(10, new Promise<void>((resolve) => (convertedSoFar = resolve)), 'model so far');
    const behind: [number, number][] = [
      [7, NICENESS.background],
      [8, NICENESS.background],
      [9, 0],
    ];
    assert.deepEqual(newChanges().slice(-4), [...behind, [10, 0]]);
    share.setAnswering(true);
    assert.deepEqual(newChanges(), [...behind, [10, NICENESS.background]]);
    share.setAnswering(false);
    assert.deepEqual(newChanges(), [...behind, [10, 0]]);
    convertedSoFar();
    await Promise.resolve();
    assert.deepEqual(newChanges(), [
      [7, 0],
      [8, 0],
      [9, 0],
    ]);
  });

  it('ends with the job, however that ends', async () => {
    end();
    share.add(11, Promise.reject(new Error('of the process')), 'job');
    await new Promise(setImmediate);
    assert.deepEqual(newChanges(), [[11, 0]]);
    share.check(50, 6_000);
    assert.deepEqual(newChanges(), [
      [8, NICENESS.job],
      [9, NICENESS.job],
    ]);
  });
});

/** Start a training that another computer waits behind; what waits until its group has a nice value. */
async function nicenessOfTraining(server: JobServer): Promise<(wanted: number) => Promise<boolean>> {
  await server.from('127.0.0.9').train('p', { script: 'silent' });
  const { id } = await server.jobIn('p', 'active');
  const pid = await until(() => pidOf(server.config.projectsDir, id), 60_000, 'the process of the training');
  return (wanted) => untilNice(pid, wanted);
}

const groupOf = (pid: number) => `/proc/${pid}/autogroup`;

/** On a busy machine the loop is late, and a training gives way for as long. */
function untilNice(pid: number, wanted: number): Promise<boolean> {
  return until(
    () => readFileSync(groupOf(pid), 'utf8').trim().endsWith(`nice ${wanted}`),
    240_000,
    `the group to have nice ${wanted}`,
  );
}

function pidOf(projectsDir: string, jobId: string): number | undefined {
  const text = readFileSync(join(projectsDir, 'p', 'jobs', jobId, 'job.json'), 'utf8');
  return (JSON.parse(text) as { process?: { pid: number } }).process?.pid;
}
