import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, it } from 'node:test';
import { joinCluster } from '../../src/cluster/cluster.ts';
import { lockFolder } from '../../src/projects/lock.ts';
import { startCluster, startWeb, type System } from '../helpers/backends.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { jobClient } from '../helpers/job-server.ts';
import { LONG } from '../helpers/occupy.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { type ServerProcess, startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// What only a cluster must stand: Redis that loses all it had, messages that are lost, a process that lives on without
// its lock.

const TIMES = { lockMs: 3_000, renewMs: 600, stalledMs: 400, reconcileMs: 800, takeMs: 100, tickMs: 400 };
const FIGURES = 'lantern-harbor-velvet';
const system: System | undefined = noRedis
  ? undefined
  : await startCluster({ times: TIMES, web: { metricsKey: FIGURES } });

describe('a cluster', { skip: noRedis }, () => {
  const { client, redis, projects } = (system ?? {}) as Required<System>;
  const at = (address: string) => client(address);
  const logOf = (project: string, id: string) => jobLog(projects, project, id);

  const runs = async (project: string, epochs: number) => {
    await at('127.0.0.2').train(project, { epochs, epochMs: 150, mark: project });
    const job = await at('127.0.0.2').jobIn(project, 'active');
    await until(() => epochsIn(logOf(project, job.id)).length > 1, 60_000, 'two epochs');
    return job;
  };
  const isWhole = async (project: string, epochs: number) => {
    const { id } = await at('127.0.0.2').jobIn(project, 'completed');
    const log = logOf(project, id);
    assert.deepEqual(
      epochsIn(log),
      Array.from({ length: epochs }, (_, index) => index + 1),
    );
    assert.deepEqual(
      log.map(({ seq }) => seq),
      log.map((_, index) => index + 1),
    );
    assert.equal(log.filter(({ event }) => event === 'train_end').length, 1);
  };

  it('Redis loses all it had while one trains and others wait: each is trained once', async () => {
    await runs('wiped', 12);
    for (const project of ['w1', 'w2']) await at('127.0.0.3').train(project, { epochs: 1 });
    await redis.wipe();
    for (const [project, epochs] of [
      ['wiped', 12],
      ['w1', 1],
      ['w2', 1],
    ] as const)
      await isWhole(project, epochs);
  });

  it('Redis is away for longer than a lock lasts: the child ends, and the training goes on when it is back', async () => {
    const job = await runs('away', 40);
    await redis.stop();
    // written when the child is gone
    await until(() => recordOf(projects, 'away', job.id).state === 'waiting', 20_000, 'the end of the child');
    const before = epochsIn(logOf('away', job.id)).length;
    await redis.start();
    await isWhole('away', 40);
    assert.ok(before < 40, 'it did not train to its end meanwhile');
  });

  it('a cancel whose message is lost is seen in the record', async () => {
    const job = await runs('flag', 1000);
    const cause = { cancelled: { code: 'cancelled', msg: 'The training was cancelled.' } };
    writeFileSync(join(projects, 'flag', 'jobs', job.id, '.cancel.json'), JSON.stringify(cause));
    assert.equal((await at('127.0.0.2').jobIn('flag', 'cancelled')).code, 'cancelled');
  });

  it('every web server counts what the worker did', async () => {
    const read = async (base: string) => {
      const answer = await fetch(`${base}/metrics`, { headers: { authorization: `Bearer ${FIGURES}` } });
      const text = await answer.text();
      return [
        'mai_jobs_ended_total{kind="train",state="completed"}',
        'mai_jobs_ended_total{kind="train",state="cancelled"}',
        'mai_job_wait_seconds_count{kind="train"}',
      ].map((figure) =>
        Number(
          text
            .split('\n')
            .find((line) => line.startsWith(figure))
            ?.split(' ')
            .at(-1),
        ),
      );
    };
    for (const base of system?.bases ?? [])
      await until(
        async () => isDeepStrictEqual(await read(base), [4, 1, 5]),
        60_000,
        'four trainings and a cancelled one',
      );
  });

  it('an upload and a stage are the same for every server', async () => {
    await at('127.0.0.4').train('stage', LONG);
    await at('127.0.0.4').jobIn('stage', 'active');
    for (const base of system?.bases ?? [])
      await until(
        async () => (await jobClient(base, '127.0.0.4').get('/ping')).body['stage'] === 2,
        60_000,
        'its stage',
      );
    await at('127.0.0.4').get('/terminate?project_id=stage');
  });

  it('two folders cannot have one Redis, nor one process alone the folder of a cluster', async () => {
    await assert.rejects(
      startWeb({ projectsDir: await tempDir(), redis: redis.url }),
      /serves another projects folder/,
    );
    await assert.rejects(lockFolder(projects), /Another server uses the projects folder/);
    const elsewhere = await startRedis();
    const config = { projectsDir: projects, role: 'web' as const };
    const join = joinCluster({ config, redis: elsewhere.url, onLost: assert.fail, report: () => undefined });
    await assert.rejects(join, /Another server uses the projects folder/);
  });
});

describe('a worker that was paused while another one took its job', { skip: noRedis }, () => {
  it('writes nothing more, and ends its child', async () => {
    const { client, redis, projects } = await startCluster({ times: TIMES, hasNoRunner: true });
    const orders = {
      config: { projectsDir: projects, slots: 1, redis: redis?.url, role: 'worker' as const },
      times: TIMES,
    };
    const workers: ServerProcess[] = [await startNodeProcess(orders)];
    await client().train('paused', { epochs: 14, epochMs: 200 });
    const { id } = await client().jobIn('paused', 'active');
    await until(() => epochsIn(jobLog(projects, 'paused', id)).length > 1, 60_000, 'two epochs');
    workers[0]?.signal('SIGSTOP');
    const child = hideProcess(projects, 'paused', id);
    workers.push(await startNodeProcess(orders));
    await until(() => claimsOf(projects, id).length === 2, 60_000, 'the other one');
    await until(() => epochsIn(jobLog(projects, 'paused', id)).length > 3, 60_000, 'its epochs');
    workers[0]?.signal('SIGCONT');
    await client().jobIn('paused', 'completed');
    assert.ok(child !== undefined);
    await until(() => !existsSync(`/proc/${child.pid}`), 60_000, 'the end of its child');
    const log = jobLog(projects, 'paused', id);
    assert.deepEqual(
      log.map(({ seq }) => seq),
      log.map((_, index) => index + 1),
    );
    assert.deepEqual(
      epochsIn(log),
      Array.from({ length: 14 }, (_, index) => index + 1),
    );
    assert.equal(log.filter(({ event }) => event === 'train_end').length, 1);
  });
});

function claimsOf(projects: string, id: string): string[] {
  return readdirSync(join(projects, 'paused', 'jobs', id)).filter((name) => name.startsWith('.claim-'));
}

/** As if it ran on another computer, whose processes nobody here can end. */
function hideProcess(projects: string, project: string, id: string): Recorded['process'] {
  const { process, ...record } = recordOf(projects, project, id);
  writeFileSync(join(projects, project, 'jobs', id, 'job.json'), JSON.stringify(record));
  return process;
}

interface Recorded {
  readonly state: string;
  readonly process?: { readonly pid: number };
}

function recordOf(projects: string, project: string, id: string): Recorded {
  return JSON.parse(readFileSync(join(projects, project, 'jobs', id, 'job.json'), 'utf8')) as Recorded;
}
