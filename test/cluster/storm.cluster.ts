import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startWeb } from '../helpers/backends.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { type JobAnswer, jobClient } from '../helpers/job-server.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { type ServerProcess, startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// A thousand jobs while workers are killed at random and Redis is restarted fifty times, each time without what it had.

const JOBS = Number(process.env['STORM_JOBS'] ?? 1_000);
const RESTARTS = Number(process.env['STORM_RESTARTS'] ?? 50);
const WORKERS = 3;
const TIMES = { lockMs: 4_000, renewMs: 800, stalledMs: 500, reconcileMs: 1_000, takeMs: 100, tickMs: 500 };

describe('a thousand jobs in a storm', { skip: noRedis }, () => {
  it('have a thousand results: none is lost, none is there twice', async (context) => {
    const redis = await startRedis();
    const projects = await tempDir();
    const config = { projectsDir: projects, redis: redis.url, slots: 2 };
    const bases = [await startWeb(config, TIMES), await startWeb(config, TIMES)];
    const workers: ServerProcess[] = [];
    after(() => Promise.all(workers.map((worker) => worker.end('SIGKILL').catch(() => null))));
    const start = () => startNodeProcess({ config: { ...config, role: 'worker' }, times: TIMES });
    for (let n = 0; n < WORKERS; n += 1) workers.push(await start());
    const clientOf = (n: number) => jobClient(bases[n % 2] ?? '', `127.0.${1 + (n % 100)}.${1 + Math.floor(n / 100)}`);

    const state = { isOver: false, kills: 0, restarts: 0 };
    const storm = blow(state, redis.restart, async () => {
      const victim = Math.floor(Math.random() * WORKERS);
      await workers[victim]?.end('SIGKILL');
      workers[victim] = await start();
    });
    const pupils = Array.from({ length: JOBS }, (_, n) => n);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = pupils.shift(); n !== undefined; n = pupils.shift()) await submit(clientOf(n), `p${n}`);
      }),
    );
    await until(() => state.restarts >= RESTARTS, 1_500_000, 'fifty restarts');
    state.isOver = true;
    await storm;
    const done = await until(() => allDone(clientOf(0)), 1_500_000, 'a thousand results');
    context.diagnostic(`${JOBS} jobs, ${state.kills} kills of workers, ${state.restarts} restarts of Redis`);
    assert.equal(done.length, JOBS);
    assert.equal(new Set(done.map(({ project_id }) => project_id)).size, JOBS);
    const wrong = done.flatMap((job) => faultsOf(projects, job));
    assert.deepEqual(wrong, []);
  });
});

/** Every second or two something falls. */
async function blow(
  state: { isOver: boolean; kills: number; restarts: number },
  restart: () => Promise<void>,
  kill: () => Promise<void>,
): Promise<void> {
  while (!state.isOver) {
    await pause(1_000 + Math.random() * 2_000);
    await restart();
    state.restarts += 1;
    if (state.restarts % 3 !== 0) continue;
    await kill();
    state.kills += 1;
  }
}

/** As a pupil does: once more, until it is taken. */
async function submit(client: ReturnType<typeof jobClient>, project: string): Promise<void> {
  const isTaken = async (what: () => Promise<{ readonly status: number }>) => (await what()).status === 200;
  await until(() => isTaken(() => client.upload(project)), 300_000, `the upload of ${project}`);
  const training = { project, train_config: { epochs: 2, epochMs: 50, mark: project } };
  await until(() => isTaken(() => client.post('/train', training)), 300_000, `the training of ${project}`);
}

async function allDone(client: ReturnType<typeof jobClient>): Promise<JobAnswer[] | undefined> {
  await pause(1_000);
  const jobs = (await client.jobs()).filter(({ state }) => state !== 'cancelled');
  return jobs.length >= JOBS && jobs.every(({ state }) => state === 'completed' || state === 'failed')
    ? jobs
    : undefined;
}

function faultsOf(projects: string, { id, project_id: project, state, code }: JobAnswer): string[] {
  const log = jobLog(projects, project, id);
  const hasGap = log.some(({ seq }, index) => seq !== index + 1);
  const ends = log.filter(({ event }) => event === 'train_end').length;
  const model = state === 'completed' ? readFileSync(join(projects, project, 'output', 'model.pth'), 'utf8') : '';
  const isRight =
    state === 'completed' &&
    !hasGap &&
    ends === 1 &&
    epochsIn(log).join() === '1,2' &&
    model.endsWith(` of ${project}`);
  return isRight
    ? []
    : [`${project}: ${state} ${code ?? ''}, ${ends} ends, epochs ${epochsIn(log).join()}, gap: ${hasGap}`];
}
