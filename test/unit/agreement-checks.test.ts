import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createAgreementChecks, type Agreement } from '../../src/jobs/agreement-checks.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { until } from '../helpers/until.ts';

const AGREEMENT: Agreement = { same: 99, compared: 100, expect_least: 95, expect_most: 100 };
const job = (id: string, project = id) => ({ id, ref: { workspace: '', id: project } }) as Job;

function checks() {
  const started: string[] = [];
  const results: string[] = [];
  const stopped: string[] = [];
  const ends = new Map<string, (found?: Agreement | Error) => void>();
  const failed: string[] = [];
  const faults = { start: false, tell: false };
  let free = true;
  let stopDelay = Promise.resolve();
  const made = createAgreementChecks({
    mayRun: () => free,
    start(one) {
      started.push(one.id);
      if (faults.start) throw new Error('no start');
      const done = new Promise<Agreement | undefined>((resolve, reject) =>
        ends.set(one.id, (found) => (found instanceof Error ? reject(found) : resolve(found))),
      );
      return {
        done,
        async stop() {
          stopped.push(one.id);
          await stopDelay;
          ends.get(one.id)?.(undefined);
        },
      };
    },
    notify(one, { same }) {
      if (faults.tell) throw new Error('nobody to tell');
      results.push(`${one.id}: ${same}`);
    },
    report: (error, one) => void failed.push(`${one.id}: ${String(error)}`),
    afterMs: 1,
    againMs: 30,
  });
  return {
    made,
    failed,
    faults,
    delayStop: (delay: Promise<void>) => (stopDelay = delay),
    started,
    results,
    stopped,
    end: (id: string, found?: Agreement | Error) => ends.get(id)?.(found),
    setFree: (value: boolean) => (free = value),
  };
}

test('one after the other, and what was found is reported', async () => {
  const { made, started, results, end } = checks();
  made.add(job('a'));
  made.add(job('b'));
  await until(() => started.length === 1, 60_000, 'the first');
  await pause(20);
  assert.deepEqual(started, ['a']);
  end('a', AGREEMENT);
  await until(() => started.length === 2, 60_000, 'the second');
  end('b');
  await pause(20);
  assert.deepEqual(results, ['a: 99']);
  assert.deepEqual(started, ['a', 'b']);
});

test('of a project the newest conversion', async () => {
  const { made, started, setFree } = checks();
  setFree(false);
  made.add(job('old', 'p'));
  made.add(job('new', 'p'));
  await pause(20);
  assert.deepEqual(started, []);
  setFree(true);
  made.resume();
  await until(() => started.length > 0, 60_000, 'it');
  assert.deepEqual(started, ['new']);
});

test('a job of another project stops it, and it begins anew after that job', async () => {
  const { made, started, stopped, results, end, setFree } = checks();
  made.add(job('a'));
  await until(() => started.length === 1, 60_000, 'it');
  setFree(false);
  made.giveWay({ workspace: '', id: 'other' });
  assert.deepEqual(stopped, ['a']);
  await pause(20);
  setFree(true);
  made.resume();
  await until(() => started.length === 2, 60_000, 'it again');
  end('a', AGREEMENT);
  await until(() => results.length === 1, 60_000, 'its result');
});

test('a job or the end of its own project ends it for good', async () => {
  for (const how of ['giveWay', 'drop'] as const) {
    const { made, started, stopped, results, end } = checks();
    made.add(job('a', 'p'));
    await until(() => started.length === 1, 60_000, 'it');
    await made[how]({ workspace: '', id: 'p' });
    end('a', AGREEMENT);
    made.resume();
    await pause(20);
    assert.deepEqual([started, stopped, results], [['a'], ['a'], []], how);
  }
});

test('nothing starts after the end, and what runs is stopped', async () => {
  const { made, started, stopped } = checks();
  made.add(job('a'));
  made.add(job('b'));
  await until(() => started.length === 1, 60_000, 'it');
  await made.close();
  made.add(job('c'));
  await pause(20);
  assert.deepEqual([started, stopped], [['a'], ['a']]);
});

test('what may not run for want of memory is tried again by itself', async () => {
  const { made, started, setFree } = checks();
  setFree(false);
  made.add(job('a'));
  await pause(20);
  assert.deepEqual(started, []);
  setFree(true);
  await until(() => started.length === 1, 60_000, 'it, though no job ended');
});

test('nothing begins, is deleted or ends before what was stopped is gone', async () => {
  for (const how of ['resume', 'drop', 'close'] as const) {
    const { made, started, delayStop } = checks();
    let release = () => {};
    delayStop(new Promise((resolve) => (release = resolve)));
    made.add(job('a', 'p'));
    await until(() => started.length === 1, 60_000, 'it');
    made.giveWay({ workspace: '', id: 'other' });
    let over = false;
    const waited = Promise.resolve(how === 'drop' ? made.drop({ workspace: '', id: 'p' }) : made[how]()).then(
      () => (over = true),
    );
    await pause(60);
    assert.deepEqual([started, over], [['a'], how === 'resume'], how);
    release();
    await waited;
    if (how === 'resume') await until(() => started.length === 2, 60_000, 'it again');
  }
});

test('a comparison that fails is reported and does not hold up the others', async () => {
  for (const [fault, message] of [
    ['start', 'a: Error: no start'],
    ['tell', 'a: Error: nobody to tell'],
    ['done', 'a: Error: ended with 1'],
  ] as const) {
    const { made, started, results, failed, faults, end } = checks();
    if (fault !== 'done') faults[fault] = true;
    made.add(job('a'));
    await until(() => started.length === 1, 60_000, 'the first');
    if (fault !== 'start') end('a', fault === 'done' ? new Error('ended with 1') : AGREEMENT);
    await until(() => failed.length === 1, 60_000, fault);
    assert.deepEqual(failed, [message]);
    faults.start = faults.tell = false;
    made.add(job('b'));
    await until(() => started.length === 2, 60_000, 'the second');
    end('b', AGREEMENT);
    await until(() => results.length === 1, 60_000, 'its result');
  }
});
