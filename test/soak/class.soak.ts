import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { startServer } from '../../tools/demo/server-process.ts';
import { openStream } from '../helpers/event-stream.ts';
import { jobClient } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';
import { until } from '../helpers/until.ts';

const PUPILS = 40;
const STREAMS = 200;
const LIMIT_MS = 25 * 60_000;

test('forty pupils train with real Python while two hundred streams listen and somebody pings', async (t) => {
  const projectsDir = await tempDir();
  const server = await startServer(projectsDir);
  t.after(() => server.stop());
  const before = memoryMb(server.process.pid!);
  const streams = await Promise.all(
    Array.from({ length: STREAMS }, (_, n) => openStream(`${server.base}/listen`, { from: addressOf(n % PUPILS) })),
  );
  const zips = await Promise.all(
    Array.from({ length: PUPILS }, (_, n) =>
      makeToneProject(`pupil-${n}`, { low: 300 + 10 * n, high: 2000 + 10 * n }, 4, 0.6),
    ),
  );

  const answers = await Promise.all(
    zips.map(async (zip, n) => {
      const pupil = jobClient(server.base, addressOf(n));
      const uploaded = await pupil.uploadZip(`pupil-${n}`, zip);
      const trained = await pupil.post('/train', { project: `pupil-${n}`, train_config: { epochs: 1 } });
      return [uploaded.status, trained.status];
    }),
  );
  assert.deepEqual(
    answers.filter((statuses) => statuses.some((status) => status !== 200)),
    [],
    'every upload and every Train is answered',
  );

  const { jobs, pings } = await pingUntilAllEnded(server.base);
  assert.deepEqual(
    jobs.filter(({ state }) => state !== 'completed'),
    [],
  );
  for (let n = 0; n < PUPILS; n += 1) {
    assert.ok(
      (await readdir(join(projectsDir, `pupil-${n}`, 'output'))).includes('model.pth'),
      `pupil-${n} has a model`,
    );
  }
  for (const [n, stream] of streams.entries()) {
    await stream.waitFor('train_end', 60_000);
    assert.deepEqual([...new Set(stream.messages.map(({ data }) => data['project_id']))], [`pupil-${n % PUPILS}`]);
    stream.close();
  }
  report(pings, before, memoryMb(server.process.pid!));
});

async function pingUntilAllEnded(base: string) {
  const pings: number[] = [];
  const jobs = await until(
    async () => {
      const start = performance.now();
      await jobClient(base, addressOf(0)).get('/ping');
      pings.push(performance.now() - start);
      const all = await jobClient(base).jobs();
      return all.every(({ state }) => state !== 'waiting' && state !== 'active') ? all : undefined;
    },
    LIMIT_MS,
    'the end of all trainings',
  );
  return { jobs, pings };
}

function report(pings: number[], before: number, after: number): void {
  pings.sort((a, b) => a - b);
  const at = (part: number): number =>
    Number(pings[Math.min(pings.length - 1, Math.floor(part * pings.length))]!.toFixed(1));
  console.log(
    JSON.stringify({
      name: 'class',
      pupils: PUPILS,
      streams: STREAMS,
      pings: pings.length,
      ping_p50_ms: at(0.5),
      ping_p99_ms: at(0.99),
      server_mb_before: before,
      server_mb_after: after,
    }),
  );
}

function addressOf(n: number): string {
  return `127.0.1.${n + 1}`;
}

/** Resident memory of a process, from /proc (Linux). */
function memoryMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
