import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFlood } from '../helpers/flood-reader.ts';
import { jobLog } from '../helpers/job-log.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The whole way of an event: from a scripted child of one of two workers, through its log and Redis, to whoever reads
// GET /listen at one of two web servers. Everything runs on this computer, the readers too.

const PER_SECOND = Number(process.env['LISTEN_PER_SECOND'] ?? 10_000);
const SECONDS = 5;
/** The fixture writes a hundred events at a time, and pauses less than the rate asks for, as writing takes time too. */
const AT_ONCE = 100;
const PACE = 0.9;
const FLOODS = ['left', 'right'];

describe('ten thousand events a second over HTTP', { skip: noRedis }, () => {
  it('reach a reader at each of two web servers: each once, in order', async (context) => {
    const { url } = await startRedis();
    const projects = await tempDir();
    const config = { projectsDir: projects, redis: url, slots: 1 };
    const start = (role: 'web' | 'worker') => startNodeProcess({ config: { ...config, role } });
    const [first, second] = await Promise.all([start('web'), start('web'), start('worker'), start('worker')]);
    const webs = [first, second];
    const count = (PER_SECOND * SECONDS) / FLOODS.length;
    const flood = { script: 'flood', epochs: 1, count, floodPauseMs: (AT_ONCE / count) * SECONDS * 1000 * PACE };
    for (const project of FLOODS) await first.upload(project, flood);
    const readers = await Promise.all(webs.map(({ base }) => readFlood(`${base}/listen`)));
    for (const [n, project] of FLOODS.entries())
      assert.equal((await webs[n]?.post('/train', { project, train_config: flood }))?.status, 200);
    await until(() => readers.every(({ ends }) => ends === FLOODS.length), 300_000, 'the ends of both trainings');

    const jobs = await first.jobs();
    for (const { ids, close } of readers) {
      close();
      for (const { id, project_id: project } of jobs)
        assert.deepEqual(
          ids.get(id),
          jobLog(projects, project, id).map(({ seq }) => seq),
          `every event of ${project}`,
        );
    }
    const delays = readers.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b);
    const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]?.toFixed(0);
    const tookS = Math.max(...readers.map(({ lastMs, firstMs }) => lastMs - firstMs)) / 1000;
    context.diagnostic(
      `${((2 * count) / tookS).toFixed(0)} events a second to each of two readers, for ${tookS.toFixed(1)} s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    );
  });
});
