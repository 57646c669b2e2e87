import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { openFiles } from '../helpers/open-files.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const STALLED_MS = 600;
const FILE_BYTES = 80_000_000;
/** Fifteen megabytes, which is more than the buffers of a connection take. Few lines, as each costs the reader its parsing. */
const [LOG_LINES, LINE_CHARS] = [14_000, 1_000];
const server = await startJobServer({}, { stalledMs: STALLED_MS });
const { port } = new URL(server.base);
const sleepers: Socket[] = [];
after(() => sleepers.forEach((socket) => socket.destroy()));

/** Asks and never reads the answer. Resolves once the server has cut it. */
function sleep(path: string): { readonly cut: Promise<unknown> } {
  const socket = connect(Number(port), '127.0.0.1');
  sleepers.push(socket);
  socket.pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  // A paused socket does not see its own end: the kernel refuses what is written to a connection that was reset.
  return {
    cut: until(
      () => socket.destroyed || !socket.write('\r\n') || socket.destroyed || undefined,
      60_000,
      `the cut of ${path}`,
    ),
  };
}

const openOf = (name: string) => openFiles().filter((path) => path.endsWith(name)).length;

describe('clients that take nothing of an answer', () => {
  const root = join(server.config.projectsDir, 'p');
  const line = (seq: number) =>
    JSON.stringify({ seq, time: seq / 1e6, event: 'notice', code: 'long', msg: 'x'.repeat(LINE_CHARS) });
  let jobId: string;
  setUp(async () => {
    jobId = String((await server.train('p', { epochs: 1 })).body.job_id);
    await server.jobIn('p', 'completed');
    writeFileSync(
      join(root, 'jobs', jobId, 'events.jsonl'),
      `${Array.from({ length: LOG_LINES }, (_, n) => line(n + 1)).join('\n')}\n`,
    );
  });

  it('are cut while a log is replayed to them, and hold no file open meanwhile', async () => {
    const asleep = Array.from({ length: 30 }, () => sleep(`/jobs/${jobId}/events`));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, openOf('events.jsonl'));
    }, 5);
    await Promise.all(asleep.map(({ cut }) => cut));
    clearInterval(watch);
    assert.ok(most >= 1 && most <= 4, `${most} open at once`);
    const reader = await openStream(`${server.base}/jobs/${jobId}/events`);
    await until(() => reader.messages.length === LOG_LINES, 60_000, 'the whole log for who reads');
    reader.close();
  });

  it('are cut while a file is sent to them', async () => {
    mkdirSync(join(root, 'output'), { recursive: true });
    writeFileSync(join(root, 'output', 'model.pth'), Buffer.alloc(FILE_BYTES));
    const { cut } = sleep('/projects/p/output/model.pth');
    await cut;
    await until(() => openOf('model.pth') === 0);
  });
});

describe('a slow client', () => {
  it('is not cut: it takes something', async () => {
    const socket = connect(Number(port), '127.0.0.1');
    sleepers.push(socket);
    let bytes = 0;
    let allowed = 0;
    let closed = false;
    socket
      .on('close', () => (closed = true))
      .on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > allowed) socket.pause();
      });
    socket.write('GET /projects/p/output/model.pth HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    // The kernel's buffers hold some megabytes and are asked for more only when many of them are free.
    for (const end = Date.now() + 4 * STALLED_MS; Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      allowed += 1_000_000;
      socket.resume();
    }
    assert.ok(bytes < FILE_BYTES && !closed, `${bytes} bytes`);
    allowed = Infinity;
    socket.resume();
    await until(() => bytes > FILE_BYTES, 60_000, 'the whole file');
  });
});
