import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { NO_TURNS, startBackends, startCluster, type System } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { LONG } from '../helpers/occupy.ts';
import { noRedis } from '../helpers/redis.ts';
import { type ServerProcess, startNodeProcess } from '../helpers/server-process.ts';
import { projectsOf } from '../helpers/so-far.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Conversions of the model so far while a training waits or runs, for one process and for a cluster.

// Quick first models are put there by the tests.
const tuning = { ...NO_TURNS, firstAnswerMinFreeBytes: Number.MAX_SAFE_INTEGER };
const TIMES = { lockMs: 3_000, renewMs: 600, stalledMs: 400, reconcileMs: 800, takeMs: 100, tickMs: 400 };
const systems = await startBackends({ tuning });
const several = noRedis ? undefined : await startCluster({ tuning, times: TIMES, hasNoRunner: true });
const scratch = await tempDir();

// Side by side, as neither knows of the other.
describe('the model so far', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`the model so far: ${name}`, { skip, concurrency: false }, () => {
      const { begins, gate, convert, jobOf, isIn, isFinishing, output, stage, isOfTrained } = projectsOf(
        system,
        name,
        scratch,
      );

      it('is converted while the training runs; that ends with a conversion of its own, and the stage is 2 until then', async () => {
        const [train, own] = [gate('runs'), gate('own')];
        const { id } = await begins('runs', { trainUntil: train.path, convertUntil: own.path });
        own.open();
        assert.equal((await convert('runs')).body['result'], 'OK');
        assert.match(output('runs', 'model.pth'), /^instant model of runs/);
        own.shut();
        train.open();
        await until(() => existsSync(`${own.path}.waiting`), 60_000, 'its own conversion');
        assert.deepEqual([(await jobOf('runs', 'train')).state, await stage('runs')], ['active', 2]);
        // what is asked for now waits, and converts the trained model
        const converted = convert('runs');
        await isIn('runs', 'convert', 'waiting');
        own.open();
        await isIn('runs', 'train', 'completed');
        assert.equal((await converted).body['result'], 'OK');
        isOfTrained('runs', id, (await jobOf('runs', 'convert')).id);
      });

      it('is never put in the place of the trained one: the training waits for its end', async () => {
        const [train, own] = [gate('late train'), gate('late own')];
        const { id } = await begins('late', { trainUntil: train.path, convertUntil: own.path });
        const converted = convert('late');
        await isIn('late', 'convert', 'active');
        const stream = await openStream(`${system.bases[1]}/listen?project_id=late`);
        train.open();
        await isFinishing('late', id);
        own.open();
        assert.equal((await converted).body['result'], 'OK');
        await isIn('late', 'train', 'completed');
        isOfTrained('late', id);
        await stream.waitFor('train_end');
        assert.ok(stream.messages.some(({ data }) => data['code'] === 'converting_again'));
        stream.close();
      });

      it('is not asked for in vain by who trains anew: the conversion ends first', async () => {
        const [train, own] = [gate('anew train'), gate('anew own')];
        await begins('anew', { trainUntil: train.path, convertUntil: own.path });
        const converted = convert('anew');
        await isIn('anew', 'convert', 'active');
        train.open();
        const { body } = await system.client('127.0.0.2').train('anew', { epochs: 1, mark: 'the newer one' });
        own.open();
        assert.equal((await converted).body['result'], 'OK');
        const newer = await isIn('anew', 'train', 'completed');
        const conversion = await jobOf('anew', 'convert');
        assert.equal(newer.id, body['job_id']);
        assert.ok((conversion.finished_at ?? Infinity) <= (newer.started_at ?? 0));
        assert.equal(output('anew', 'model.pth'), 'model.pth of the newer one');
      });

      it('ends with its training when the pupil cancels, also while that waits for it', async () => {
        const [train, own] = [gate('gone train'), gate('never')];
        const { id } = await begins('gone', { trainUntil: train.path, convertUntil: own.path });
        const converted = convert('gone');
        await isIn('gone', 'convert', 'active');
        train.open();
        await isFinishing('gone', id);
        assert.equal((await system.client('127.0.0.2').get('/terminate?project_id=gone')).body['result'], 'OK');
        assert.equal((await converted).body['result'], 'FAIL');
        const states = [await jobOf('gone', 'train'), await jobOf('gone', 'convert')].map(({ state }) => state);
        assert.deepEqual(states, ['cancelled', 'cancelled']);
        assert.ok(!existsSync(join(system.projects, 'gone', 'output', 'model.pth')));
      });

      it('ends with its project when that is deleted, and no file comes back', async () => {
        const [train, own] = [gate('deleted train'), gate('deleted own')];
        await begins('deleted', { trainUntil: train.path, convertUntil: own.path });
        const converted = convert('deleted');
        await isIn('deleted', 'convert', 'active');
        await until(() => existsSync(`${own.path}.waiting`), 60_000, 'its process');
        const pid = readFileSync(`${own.path}.waiting`, 'utf8');
        assert.equal((await fetch(`${system.bases[1]}/projects/deleted`, { method: 'DELETE' })).status, 200);
        assert.equal((await converted).body['code'], 'cancelled');
        for (const base of system.bases) assert.equal((await fetch(`${base}/projects/deleted`)).status, 404);
        assert.deepEqual([existsSync(join(system.projects, 'deleted')), existsSync(`/proc/${pid}`)], [false, false]);
      });
    });
});

describe('the model so far, of two workers', { skip: noRedis, concurrency: false }, () => {
  const system = (several ?? {}) as Required<System>;
  const { waits, begins, gate, convert, jobOf, isIn, isFinishing, isOfTrained, codesOf, claimsOf } = projectsOf(
    system,
    'two',
    scratch,
  );
  const busy = () => system.client('127.0.0.9');
  // a worker of one test is there in the next
  const ends: (() => void)[] = [];
  after(() => {
    for (const end of ends) end();
  });
  const start = () => {
    const config = { projectsDir: system.projects, slots: 1, redis: system.redis.url, role: 'worker' as const };
    return startNodeProcess({ config, tuning, times: TIMES }, process.env, (end) => void ends.push(end));
  };
  /** The training runs on the second worker, and the conversion of its model so far on the first, which is busy. */
  const apart = async (first: ServerProcess | undefined, project: string) => {
    const [train, own] = [gate(`${project} train`), gate(`${project} own`)];
    const one = first ?? (await start());
    await busy().train('busy', LONG);
    await busy().jobIn('busy', 'active');
    const { id } = await waits(project, { trainUntil: train.path, convertUntil: own.path });
    const converted = convert(project);
    await isIn(project, 'convert', 'active');
    const other = await start();
    await isIn(project, 'train', 'active');
    return { one, other, id, train, own, converted };
  };
  const idle = async () => assert.equal((await busy().get('/terminate?project_id=busy')).body['result'], 'OK');
  let left: ServerProcess | undefined;

  it('the one that converts is killed: the training waits no longer than its lease, and its model is converted', async () => {
    const { one, other, id, train, own, converted } = await apart(undefined, 'one');
    train.open();
    await isFinishing('one', id);
    await one.end('SIGKILL');
    const trained = await isIn('one', 'train', 'completed');
    own.open();
    assert.equal((await converted).body['result'], 'OK');
    isOfTrained('one', id, (await jobOf('one', 'convert')).id);
    assert.equal(trained.attempt, 1);
    // the conversion was taken away from the dead worker before the training put its model in place, and then begun again
    assert.equal(claimsOf('one', (await jobOf('one', 'convert')).id), 3);
    await idle();
    left = other;
  });

  it('the one that trains is killed: the conversion goes on, and the training after it', async () => {
    const { other, id, train, own, converted } = await apart(left, 'other');
    await other.end('SIGKILL');
    await idle();
    train.open();
    await isFinishing('other', id);
    assert.equal((await jobOf('other', 'convert')).attempt, 1);
    own.open();
    assert.equal((await converted).body['result'], 'OK');
    await isIn('other', 'train', 'completed');
    isOfTrained('other', id);
  });

  it('the one that converts is killed and the pupil cancels: both end', async () => {
    const { one, other, own, converted } = await apart(left, 'gone');
    left = other;
    await one.end('SIGKILL');
    assert.equal((await system.client('127.0.0.2').get('/terminate?project_id=gone')).body['result'], 'OK');
    assert.equal((await converted).body['result'], 'FAIL');
    assert.deepEqual(
      [(await jobOf('gone', 'train')).state, (await jobOf('gone', 'convert')).state],
      ['cancelled', 'cancelled'],
    );
    own.open();
    await idle();
  });

  it('both are killed while the training waits for the conversion: each goes on', async () => {
    const [train, own] = [gate('both train'), gate('both own')];
    left ??= await start();
    const { id } = await begins('both', { trainUntil: train.path, convertUntil: own.path });
    const converted = convert('both');
    await isIn('both', 'convert', 'active');
    train.open();
    await isFinishing('both', id);
    await left.end('SIGKILL');
    left = await start();
    own.open();
    assert.equal((await converted).body['result'], 'OK');
    await isIn('both', 'train', 'completed');
    isOfTrained('both', id, id, (await jobOf('both', 'convert')).id);
  });

  it('Redis loses all it had: each is done once', async () => {
    const [train, own] = [gate('lost train'), gate('lost own')];
    left ??= await start();
    const { id } = await begins('lost', { trainUntil: train.path, convertUntil: own.path });
    const converted = convert('lost');
    const { id: conversion } = await isIn('lost', 'convert', 'active');
    await until(() => existsSync(`${own.path}.waiting`), 60_000, 'its process');
    await system.redis.wipe();
    await until(() => codesOf('lost', conversion).includes('restarted'), 60_000, 'that the loss was noticed');
    own.open();
    assert.equal((await converted).body['result'], 'OK');
    train.open();
    await isIn('lost', 'train', 'completed');
    isOfTrained('lost', id);
    assert.equal(codesOf('lost', id).filter((what) => what === 'train_end').length, 1);
  });
});
