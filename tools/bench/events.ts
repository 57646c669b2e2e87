import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createIdeClient } from '../demo/ide-client.ts';
import { makeSampleProject } from '../demo/sample-project.ts';
import { ROOT } from '../demo/server-process.ts';
import type { Benchmark } from './benchmark.ts';

const LISTENERS = 50;
const PER_SECOND = 10_000;
const SECONDS = 5;
const LIMIT_MS = 60_000;
/** The fixture writes a hundred events at a time. */
const AT_ONCE = 100;
/** The pauses are shorter than the rate asks for, because writing takes time too. */
const PACE = 0.9;

/** The flood comes from the child that the tests use: it only speaks the protocol. */
export const events: Benchmark = {
  about: `${PER_SECOND} events a second from a child to ${LISTENERS} listeners: what arrives, and how late`,
  async *run(bench) {
    const arrived: number[] = [];
    const lost: number[] = [];
    const late: number[] = [];
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      const found = await flood(await bench.tempDir());
      arrived.push(found.perSecond);
      lost.push(found.lost);
      late.push(found.lateMs);
    }
    const data = `${PER_SECOND * SECONDS} events, written in portions of ${AT_ONCE}, ${LISTENERS} listeners in one process`;
    yield { name: 'events_to_50_listeners', unit: 'events/s', values: arrived, data, goal: `median >= ${PER_SECOND}` };
    yield { name: 'events_lost', unit: 'events', values: lost, data, goal: 'max <= 0' };
    yield {
      name: 'events_latest',
      unit: 'ms',
      values: late,
      data,
      details: { what: 'the longest from the server having written an event to a listener having read it' },
    };
  },
};

async function flood(projectsDir: string): Promise<{ perSecond: number; lost: number; lateMs: number }> {
  const script = join(ROOT, 'test', 'fixtures', 'job-server.ts');
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', script, JSON.stringify({ config: { projectsDir }, tuning: {} })],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [address] = (await once(server.stdout, 'data')) as [Buffer];
    const base = address.toString().trim();
    const ide = createIdeClient(base);
    const sample = await makeSampleProject('flood', 2, 1);
    await ide.upload(sample.id, sample.zip);
    const count = PER_SECOND * SECONDS;
    const listeners = await Promise.all(Array.from({ length: LISTENERS }, () => listen(`${base}/listen`)));
    const config = { script: 'flood', count, epochs: 1, floodPauseMs: (AT_ONCE / PER_SECOND) * 1000 * PACE };
    const { result, reason } = await ide.train(sample.id, config);
    if (result !== 'OK') throw new Error(reason ?? result);
    await Promise.race([Promise.all(listeners.map(({ done }) => done)), pause(LIMIT_MS, undefined, { ref: false })]);
    const seen = listeners.map((listener) => listener.seen());
    listeners.forEach(({ close }) => close());
    const took = Math.max(...seen.map(({ last }) => last)) - Math.min(...seen.map(({ first }) => first));
    return {
      perSecond: Math.min(...seen.map(({ inOrder }) => inOrder)) / (took / 1000),
      lost: seen.reduce((sum, { inOrder }) => sum + count - Math.min(inOrder, count), 0),
      lateMs: Math.max(...seen.map(({ lateMs }) => lateMs)),
    };
  } finally {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }
}

interface Listener {
  readonly done: Promise<void>;
  seen(): { readonly inOrder: number; readonly first: number; readonly last: number; readonly lateMs: number };
  close(): void;
}

/** Count the flood's events, and notice missing ones and wrong order. Resolves once the stream is open. */
async function listen(url: string): Promise<Listener> {
  const outgoing = get(url, { agent: false, headers: { accept: 'text/event-stream' } });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let inOrder = 0;
  let expected = 1;
  let first = 0;
  let last = 0;
  let lateMs = 0;
  let rest = '';
  const done = new Promise<void>((resolve) => {
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.once('close', resolve);
    response.on('data', (chunk: string) => {
      const text = rest + chunk;
      const end = text.lastIndexOf('\n\n') + 2;
      rest = end < 2 ? text : text.slice(end);
      const now = Date.now();
      for (const [, time, batch, of] of text
        .slice(0, Math.max(end, 0))
        .matchAll(/"time":([\d.]+),"event":"batch_end".*?"batch":(\d+),"max_batch":(\d+)/g)) {
        if (of === '1') continue; // of the training behind the flood
        if (first === 0) first = now;
        last = now;
        lateMs = Math.max(lateMs, now - Number(time) * 1000);
        if (Number(batch) === expected) inOrder += 1;
        expected = Number(batch) + 1;
        if (batch === of) resolve();
      }
    });
  });
  return { done, seen: () => ({ inOrder, first, last, lateMs }), close: () => void outgoing.destroy() };
}
