import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startBackends, type System } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { epochsIn, jobLog, type LoggedEvent } from '../helpers/job-log.ts';
import type { JobAnswer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

// What becomes of jobs when the process that runs them ends, for one process and for a cluster.

const systems = await startBackends({ tuning: { maxAttempts: 2, firstAnswerMinFreeBytes: Number.MAX_SAFE_INTEGER } });

// Side by side, as neither knows of the other.
describe('what becomes of jobs', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`recovery: ${name}`, { skip, concurrency: false }, () => {
      const client = (address = '127.0.0.1') => system.client(address);
      const logOf = ({ id, project_id }: JobAnswer) => jobLog(system.projects, project_id, id);
      /** Its log once this epoch is in it. */
      const reaches = async (project: string, epoch: number) => {
        const job = await client().jobIn(project, 'active');
        await until(() => epochsIn(logOf(job)).includes(epoch), 60_000, `epoch ${epoch} of ${project}`);
        return job;
      };

      it('kill -9 of what runs jobs: the training goes on from its checkpoint, and those that wait keep their order', async () => {
        await client('127.0.0.2').train('first', { epochs: 8, epochMs: 300, mark: 'first' });
        for (const project of ['a1', 'a2']) await client('127.0.0.3').train(project, { epochs: 1 });
        await client('127.0.0.4').train('b1', { epochs: 1 });
        await reaches('first', 2);
        await system.endRunner('SIGKILL');
        const first = await client().jobIn('first', 'completed');
        assertWhole(logOf(first), 8);
        assert.ok(logOf(first).some(({ code }) => code === 'resumed'));
        assert.equal(readFileSync(join(system.projects, 'first', 'output', 'model.pth'), 'utf8'), 'model.pth of first');
        assert.deepEqual(await startedOf(system, 'a1', 'a2', 'b1'), ['a1', 'b1', 'a2']);
      });

      it('a stop in good order is no failed attempt, and the training goes on', async () => {
        await client().train('stopped', { epochs: 6, epochMs: 300 });
        await reaches('stopped', 2);
        await system.endRunner('SIGTERM');
        const job = await client().jobIn('stopped', 'completed');
        assert.equal(job.attempt, 1);
        assertWhole(logOf(job), 6);
      });

      it('a stream that was cut goes on after its last id, also from another server: no gap, nothing twice', async () => {
        const path = '/listen?project_id=cut';
        const ids: (string | undefined)[] = [];
        await client().upload('cut');
        let stream = await openStream(`${system.bases[0]}${path}`);
        const { body } = await client().post('/train', { project: 'cut', train_config: { epochs: 12, epochMs: 120 } });
        for (let n = 1; n <= 4; n += 1) {
          await until(() => stream.messages.length > 2, 60_000, 'some events');
          stream.close();
          // those of no log (a position) have no id
          ids.push(...stream.messages.map(({ id }) => id).filter((id) => id !== undefined));
          const headers = { 'last-event-id': String(ids.at(-1)) };
          stream = await openStream(`${system.bases[n % 2] ?? ''}${path}`, { headers });
        }
        await stream.waitFor('train_end');
        stream.close();
        ids.push(...stream.messages.map(({ id }) => id).filter((id) => id !== undefined));
        const jobId = String(body['job_id']);
        const logged = jobLog(system.projects, 'cut', jobId).map(({ seq }) => `${jobId}:${seq}`);
        assert.deepEqual(ids, logged.slice(logged.length - ids.length));
        assert.ok(ids.length >= logged.length - 1, `${ids.length} of ${logged.length}`);
      });

      it('a job that ends its process again and again is given up', async () => {
        await client().train('killer', { epochs: 1000, epochMs: 50 });
        for (let kill = 1; kill <= 2; kill += 1) {
          await until(
            async () =>
              (await client().jobs()).some(
                (job) => job.project_id === 'killer' && job.attempt === kill && job.state === 'active',
              ),
            60_000,
            `attempt ${kill}`,
          );
          await system.endRunner('SIGKILL');
        }
        const job = await client().jobIn('killer', 'failed');
        assert.equal(job.code, 'too_many_attempts');
        assert.ok(!existsSync(join(system.projects, 'killer', 'output')));
      });
    });
});

function assertWhole(log: readonly LoggedEvent[], epochs: number): void {
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
  );
  assert.deepEqual(
    epochsIn(log),
    Array.from({ length: epochs }, (_, index) => index + 1),
  );
}

async function startedOf(system: System, ...projects: string[]): Promise<string[]> {
  const done: JobAnswer[] = [];
  for (const project of projects) done.push(await system.client().jobIn(project, 'completed'));
  return done.sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0)).map(({ project_id }) => project_id);
}
