import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import { startBackends, startCluster } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { noRedis } from '../helpers/redis.ts';
import { startNodeProcess } from '../helpers/server-process.ts';
import { until } from '../helpers/until.ts';

// Trainings that take turns, for one process and for a cluster: one leaves its turn when its slice is over and others wait.

/** A turn is over after its first epoch. */
const tuning: Partial<JobTuning> = {
  slices: { leastS: 0.01, costs: 0 },
  yieldMinFreeBytes: 0,
  firstAnswerMinFreeBytes: Number.MAX_SAFE_INTEGER,
};
const systems = await startBackends({ tuning });
const upTo = (epochs: number) => Array.from({ length: epochs }, (_, n) => n + 1);

// Side by side, as neither knows of the other.
describe('turns', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`turns: ${name}`, { skip, concurrency: false }, () => {
      const at = (address: string) => system.client(address);
      const waitsAfterTurn = (project: string) =>
        until(
          async () =>
            (await at('127.0.0.1').jobs()).find(
              (job) =>
                job.project_id === project &&
                job.state === 'waiting' &&
                job.epoch !== undefined &&
                // a server knows it a moment after the record
                job.place !== undefined,
            ),
          60_000,
          `${project} to have left its turn`,
        );

      it('have whole curves, begin once, and no later one waits for the second turn of an earlier one', async () => {
        const names = ['a', 'b', 'c'];
        const streams = await Promise.all(
          system.bases.map((base) => openStream(`${base}/listen?project_id=a`, { from: '127.0.0.2' })),
        );
        await at('127.0.0.2').train('a', { epochs: 4, epochMs: 150, untilAsked: true });
        // the first turn of the one lasts until the other one waits, too
        await Promise.all([
          at('127.0.0.3').train('b', { epochs: 4, epochMs: 600 }),
          at('127.0.0.4').train('c', { epochs: 4, epochMs: 600 }),
        ]);
        const seen = await waitsAfterTurn('a');
        const { stage } = (await at('127.0.0.2').get('/ping')).body;
        assert.deepEqual([seen.attempt, seen.max_epoch, stage], [0, 4, 2]);
        const logs = [];
        for (const project of names) {
          const { id, attempt } = await at('127.0.0.1').jobIn(project, 'completed', 'failed');
          const log = jobLog(system.projects, project, id);
          const counts = ['initial', 'resumed', 'dataset_loading', 'train_end'].map(
            (what) => log.filter(({ event, code }) => event === what || code === what).length,
          );
          assert.deepEqual([attempt, epochsIn(log), counts], [1, upTo(4), [1, 0, 1, 1]], project);
          logs.push(log);
        }
        const starts = logs.map((log) => log.filter(({ event }) => event === 'epoch_start').map(({ time }) => time));
        assert.ok(
          Math.max(...starts.map(([first]) => first ?? 0)) < (starts[0]?.[1] ?? 0),
          'a first turn for all first',
        );
        for (const stream of streams) {
          await stream.waitFor('train_end');
          stream.close();
          assert.ok(
            stream.messages.some(({ data }) => data['code'] === 'yielded' && data['place'] !== undefined),
            'its place was told',
          );
        }
      });

      it('come a round later for one whose model can be used', async () => {
        const sounds = { type: 'VOICE_CLASSIFICATION' } as const;
        const others = ['g2', 'g3'].map((project, index) => ({ project, client: at(`127.0.0.${index + 3}`) }));
        const config = { epochs: 3, epochMs: 600 };
        // of photos: they share no slot
        for (const { project, client } of others) await client.upload(project, config);
        await at('127.0.0.2').train('g1', { epochs: 3, usableFrom: 1, untilAsked: true }, sounds);
        // both wait before the first of them has ended its first turn
        await Promise.all(
          others.map(({ project, client }) => client.post('/train', { project, train_config: config })),
        );
        const seconds = [];
        for (const project of ['g1', 'g2', 'g3']) {
          const { id } = await at('127.0.0.1').jobIn(project, 'completed', 'failed');
          const log = jobLog(system.projects, project, id);
          seconds.push(log.filter(({ event, epoch }) => event === 'epoch_start' && epoch === 2)[0]?.time ?? 0);
        }
        assert.ok((seconds[0] ?? 0) > Math.max(...seconds.slice(1)), `second turns at ${seconds.join(' ')}`);
      });

      it('can be cancelled between two turns, through any server', async () => {
        const { body } = await at('127.0.0.2').train('between', { epochs: 4, untilAsked: true });
        await at('127.0.0.2').jobIn('between', 'active');
        await at('127.0.0.3').train('other', { epochs: 2, epochMs: 4_000 });
        await waitsAfterTurn('between');
        assert.equal((await at('127.0.0.2').get('/terminate?project_id=between')).body['result'], 'OK');
        const ended = await at('127.0.0.2').jobIn('between', 'cancelled');
        assert.deepEqual([ended.id, ended.code], [body['job_id'], 'cancelled']);
        await at('127.0.0.3').get('/terminate?project_id=other');
      });

      it('go on after kill -9 of what runs them', async () => {
        const names = ['k1', 'k2', 'k3'];
        for (const [index, project] of names.entries())
          await at(`127.0.0.${index + 2}`).train(project, { epochs: 5, epochMs: 200 });
        await waitsAfterTurn('k1');
        await system.endRunner('SIGKILL');
        for (const project of names) {
          const { id } = await at('127.0.0.1').jobIn(project, 'completed');
          assert.deepEqual(epochsIn(jobLog(system.projects, project, id)), upTo(5), project);
        }
      });
    });
});

/** A turn is over after an hour. */
const long = await startBackends({ tuning: { ...tuning, slices: { leastS: 3_600, costs: 0 } } });

describe('a training whose first model can be used', { concurrency: true }, () => {
  for (const { name, skip, system } of long)
    it(`leaves its turn at once, and comes behind all that have none: ${name}`, { skip }, async () => {
      const sounds = { type: 'VOICE_CLASSIFICATION' } as const;
      const config = { epochs: 300, epochMs: 100, usableFrom: 3 };
      for (const [index, project] of ['v1', 'v2'].entries())
        await system.client(`127.0.0.${index + 2}`).train(project, config, sounds);
      const waiting = await until(
        async () =>
          (await system.client().jobs()).find(({ state, epoch }) => state === 'waiting' && epoch !== undefined),
        60_000,
        'one of them to have left its turn',
      );
      assert.ok((waiting.epoch ?? 0) < 10, `after epoch ${waiting.epoch}`);
      for (const project of ['v1', 'v2']) await system.client().get(`/terminate?project_id=${project}`);
    });
});

describe('turns of two workers', { skip: noRedis }, () => {
  it('go on at any of them, with whole curves', async () => {
    const system = await startCluster({ tuning, hasNoRunner: true });
    const config = { projectsDir: system.projects, slots: 1, redis: system.redis?.url, role: 'worker' as const };
    for (let n = 0; n < 2; n += 1) await startNodeProcess({ config, tuning });
    const names = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (const [index, project] of names.entries())
      await system.client(`127.0.0.${index + 2}`).train(project, { epochs: 6, epochMs: 100 });
    const workersOf = [];
    for (const project of names) {
      const { id, attempt } = await system.client().jobIn(project, 'completed', 'failed');
      assert.deepEqual([attempt, epochsIn(jobLog(system.projects, project, id))], [1, upTo(6)], project);
      const folder = join(system.projects, project, 'jobs', id);
      const claims = readdirSync(folder).filter((file) => file.startsWith('.claim-'));
      workersOf.push(new Set(claims.map((file) => readlinkSync(join(folder, file)))));
    }
    assert.ok(
      workersOf.some(({ size }) => size === 2),
      'one was trained by both',
    );
  });
});
