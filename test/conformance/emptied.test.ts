import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { startCluster, type System } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { jobClient } from '../helpers/job-server.ts';
import { noRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// Redis loses all it had, and what was to say so elsewhere: each thing that is put there again, by itself. Nobody runs the
// jobs, and nobody looks now and then whether they are in Redis.

const system: System | undefined = noRedis
  ? undefined
  : await startCluster({ hasNoRunner: true, times: { reconcileMs: 3_600_000 } });

describe('an emptied Redis', { skip: noRedis }, () => {
  const { client, redis, projects } = (system ?? {}) as Required<System>;

  /** Jobs that a worker could take. */
  const queued = async () => {
    const connection = new Redis(redis.url);
    const count = await connection.zcard('mai:jobs:prioritized');
    connection.disconnect();
    return count;
  };

  it('has what waits again, in rounds that go on', async () => {
    for (const project of ['a1', 'a2']) await client('127.0.0.2').train(project);
    await until(async () => (await queued()) === 2, 60_000, 'two in the queue');
    await redis.wipe();
    await until(async () => (await queued()) === 2, 30_000, 'the two again');
    await client('127.0.0.2').train('a3');
    await client('127.0.0.3').train('b1');
    const waiting = () => client().jobs();
    const placed = await until(async () => {
      const jobs = (await waiting()).filter(({ place }) => place !== undefined);
      return jobs.length === 4 ? jobs : undefined;
    });
    const inOrder = placed.toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
    assert.deepEqual(
      inOrder.map(({ project_id }) => project_id),
      ['a1', 'b1', 'a2', 'a3'],
    );
  });

  it('ends the streams of every server, as nobody knows what they missed', async () => {
    const streams = await Promise.all((system?.bases ?? []).map((base) => openStream(`${base}/listen?project_id=a1`)));
    await until(() => streams.every(({ comments }) => comments.length > 0), 30_000, 'open streams');
    await redis.wipe();
    await until(() => streams.every(({ ended }) => ended), 30_000, 'the end of both');
  });

  it('is no loss of what changed on the disk meanwhile: every server reads it there', async () => {
    await client().train('unseen');
    const { id } = await client().jobIn('unseen', 'waiting');
    const path = join(projects, 'unseen', 'jobs', id, 'job.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), attempt: 3 }));
    await redis.wipe();
    for (const base of system?.bases ?? [])
      await until(
        async () => (await jobClient(base).jobs()).find((job) => job.id === id)?.attempt === 3,
        30_000,
        'the record as it is now',
      );
  });
});
