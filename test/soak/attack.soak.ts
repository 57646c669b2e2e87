import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { memoryOf } from '../../tools/bench/process-memory.ts';
import { openStream } from '../helpers/event-stream.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { startServerProcess, type ServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const MINUTES = Number(process.env['ATTACK_MINUTES'] ?? 10);
const WARM_UP_MS = 20_000;
const MAX_GROWTH_MB = 50;
const MAX_PING_MS = 100;
const PINGER = new URL('../../tools/bench/pinger.mjs', import.meta.url);

/** One way to be a nuisance, from an address of its own, once. */
type Attack = (server: ServerProcess, from: string, target: Target) => Promise<unknown>;

interface Target {
  /** A job with a long log. */
  readonly jobId: string;
}

/** Asks, and does with the connection what it likes. */
function rawRequest(server: ServerProcess, from: string, head: string): Socket {
  const socket = connect({ port: Number(new URL(server.base).port), host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  socket.write(`${head}\r\nhost: 127.0.0.1\r\n`);
  return socket;
}

async function ask(
  server: ServerProcess,
  from: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer | string,
): Promise<number> {
  const outgoing = request(server.base + path, { method, headers, agent: false, localAddress: from });
  outgoing.end(body);
  return new Promise((resolve, reject) =>
    outgoing
      .once('response', (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0)).once('error', reject);
      })
      .once('error', reject),
  );
}

const json = { 'content-type': 'application/json' };
const bomb = `{"project":"x","train_config":{"a":${'['.repeat(200_000)}`;

const ATTACKS: Readonly<Record<string, { readonly attack: Attack; readonly atOnce: number }>> = {
  'sleepers on a long log': {
    atOnce: 20,
    attack: async (server, from, { jobId }) => {
      const socket = rawRequest(server, from, `GET /jobs/${jobId}/events HTTP/1.1`);
      socket.pause();
      socket.write('\r\n');
      await pause(20_000);
      socket.destroy();
    },
  },
  'streams that leave at once': {
    atOnce: 4,
    attack: async (server, from, { jobId }) => {
      const socket = rawRequest(
        server,
        from,
        `GET ${Math.random() < 0.5 ? '/listen' : `/jobs/${jobId}/events`} HTTP/1.1`,
      );
      socket.write('\r\n');
      await pause(Math.random() * 100);
      socket.destroy();
    },
  },
  'replays of everything': {
    atOnce: 2,
    attack: async (server, from, { jobId }) => {
      const stream = await openStream(`${server.base}/listen?project_id=long&last_event_id=${jobId}:1`, { from });
      await pause(2000);
      stream.close();
    },
  },
  'floods of requests': {
    atOnce: 1,
    attack: async (server, from) => {
      await Promise.allSettled(
        Array.from({ length: 60 }, (_, n) =>
          ask(
            server,
            from,
            'POST',
            ['/train', '/upload', '/convert', '/inference_image'][n % 4] ?? '',
            json,
            '{"project":"nowhere","project_id":"nowhere"}',
          ),
        ),
      );
      await pause(400);
    },
  },
  'bodies of brackets': {
    atOnce: 1,
    attack: async (server, from) => {
      await ask(server, from, 'POST', '/train', json, bomb).catch(() => undefined);
      await pause(100);
    },
  },
  'uploads that break off': {
    atOnce: 2,
    attack: async (server, from) => {
      const zip = await makeProjectZip({ id: 'broken', filesPerLabel: 20 });
      const form = uploadForm('broken', zip);
      const socket = rawRequest(server, from, 'POST /upload HTTP/1.1');
      socket.write(
        `content-type: ${String(form.headers['content-type'])}\r\ncontent-length: ${form.payload.length}\r\n\r\n`,
      );
      socket.write(form.payload.subarray(0, Math.floor(form.payload.length * Math.random())));
      await pause(50);
      socket.destroy();
    },
  },
  'pupils who press again and again': {
    atOnce: 3,
    attack: async (server, from) => {
      const client = server.from(from);
      await client.train(`again-${from.split('.').at(-1)}`, { epochs: 5, epochMs: 50, batches: 20 });
      await pause(300 * Math.random());
      if (Math.random() < 0.3) await client.get(`/terminate?project_id=again-${from.split('.').at(-1)}`);
    },
  },
};

/** A training that has ended, with a log of 60,000 events. */
async function trainWithLongLog(server: ServerProcess, projects: string): Promise<string> {
  const jobId = String((await server.train('long', { epochs: 1 })).body['job_id']);
  await server.jobIn('long', 'completed');
  const line = (seq: number) =>
    JSON.stringify({ seq, time: seq / 1e6, event: 'notice', code: 'x', msg: 'x'.repeat(150) });
  appendFileSync(
    join(projects, 'long', 'jobs', jobId, 'events.jsonl'),
    `${Array.from({ length: 60_000 }, (_, n) => line(n + 100)).join('\n')}\n`,
  );
  return jobId;
}

/** Kill one of the processes at random; false if there is none, or it ended by itself. */
function killOne(victims: readonly number[]): boolean {
  const victim = victims[Math.floor(Math.random() * victims.length)];
  if (victim === undefined) return false;
  try {
    return process.kill(victim, 'SIGKILL');
  } catch {
    return false;
  }
}

test(`${MINUTES} minutes of everything at once: /ping stays quick, memory comes back, and a pupil has a model`, {
  timeout: MINUTES * 60_000 + 300_000,
}, async (t) => {
  const { mark, environment } = markedEnvironment();
  const projects = await tempDir();
  const server = await startServerProcess(projects, environment, { slots: 2 });
  after(() => server.end('SIGKILL').catch(() => undefined));
  const jobId = await trainWithLongLog(server, projects);
  let running = true;
  const counts = new Map<string, number>();
  const attackers = Object.entries(ATTACKS).flatMap(([name, { attack, atOnce }], kind) =>
    Array.from({ length: atOnce }, async (_, n) => {
      while (running) {
        await attack(server, `127.0.${60 + kind}.${n + 1}`, { jobId }).catch(() => undefined);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }),
  );
  const killer = (async () => {
    while (running) {
      await pause(3000);
      if (killOne(processesWith(mark).filter((pid) => pid !== server.pid)))
        counts.set('children killed', (counts.get('children killed') ?? 0) + 1);
    }
  })();

  await pause(WARM_UP_MS);
  const before = memoryOf(server.pid).now;
  const pinger = new Worker(PINGER, { workerData: { url: `${server.base}/ping`, everyMs: 50 } });
  await pause(MINUTES * 60_000 - WARM_UP_MS);
  pinger.postMessage('end');
  const pings = await new Promise<number[]>((resolve) => pinger.once('message', resolve));
  const peak = memoryOf(server.pid).peak;
  running = false;
  await Promise.all([...attackers, killer]);

  const quiet = await until(
    () => (memoryOf(server.pid).now - before < MAX_GROWTH_MB ? memoryOf(server.pid).now : undefined),
    120_000,
    `memory within ${MAX_GROWTH_MB} MB of ${before.toFixed(0)}`,
  ).catch(() => memoryOf(server.pid).now);
  pings.sort((a, b) => a - b);
  const at = (share: number) => pings[Math.floor(pings.length * share)] ?? Infinity;
  t.diagnostic(
    `${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}; ${pings.length} pings: p50 ${at(0.5).toFixed(1)}, p99 ${at(0.99).toFixed(1)}, highest ${at(0.9999).toFixed(0)} ms; memory ${before.toFixed(0)} MB before, ${peak.toFixed(0)} at its highest, ${quiet.toFixed(0)} after`,
  );
  assert.ok(quiet - before < MAX_GROWTH_MB, `memory grew from ${before} to ${quiet} MB`);
  const pupil = server.from('127.0.99.1');
  await pupil.train('pupil', { epochs: 2 });
  await pupil.jobIn('pupil', 'completed');
  assert.deepEqual((await pupil.get('/convert?project_id=pupil')).body, { result: 'OK' });
  assert.ok(at(0.99) < MAX_PING_MS, `p99 of /ping is ${at(0.99)} ms`);
});
