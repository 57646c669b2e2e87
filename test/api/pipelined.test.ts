import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { FREE_GUESSES } from '../../src/http/key-attempts.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { openFiles } from '../helpers/open-files.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const REQUESTS = 450; // more than a client's streams

describe('requests that were sent one behind the other on a connection that then ends', () => {
  let server: JobServer;
  setUp(async () => {
    server = await startJobServer();
    await server.upload('p');
    const output = join(server.config.projectsDir, 'p', 'output');
    await mkdir(output, { recursive: true });
    await writeFile(join(output, 'model.pth'), Buffer.alloc(8_000_000));
  });

  const send = (path: string) => {
    const socket = connect(Number(new URL(server.base).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`.repeat(REQUESTS));
    return socket;
  };
  const openModels = () => openFiles().filter((path) => path.endsWith('model.pth')).length;

  it('keep no place of a stream', async () => {
    const socket = send('/listen');
    await until(async () => (await fetch(`${server.base}/listen`)).status === 429, 60_000, 'all places to be taken');
    socket.destroy();
    await until(
      async () => {
        const stream = await openStream(`${server.base}/listen`);
        stream.close();
        return stream.status === 200;
      },
      60_000,
      'a place',
    );
    // every place, not one
    const streams = await Promise.all(Array.from({ length: 300 }, () => openStream(`${server.base}/listen`)));
    assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
    for (const stream of streams) stream.close();
  });

  it('keep no file open', async (t) => {
    if (process.platform !== 'linux') return t.skip('open files are looked up in /proc');
    const socket = send('/projects/p/output/model.pth');
    socket.pause();
    await until(() => openModels() > 100, 60_000, 'the files to be opened');
    socket.destroy();
    await until(() => openModels() === 0, 60_000, 'all files to be closed');
  });
});

test('the end of a connection is passed on to answers that wait for their turn, as whoever guesses keys makes them', async () => {
  const keys = ['a', 'b', 'c'].map((workspace) => ({ workspace, key: `river-candle-tiger-${workspace}` }));
  const { app, listen } = await buildTestApp({ keys });
  const knownToHaveLeft: boolean[] = [];
  app.get('/late', async (_request, { raw }) => {
    knownToHaveLeft.push(raw.destroyed);
    return {};
  });
  const base = await listen();
  for (let n = 0; n < FREE_GUESSES; n += 1) assert.equal((await fetch(`${base}/w/guess-number-${n}/ping`)).status, 404);
  const guess = fetch(`${base}/w/one-more-guess/ping`);
  const [a, b, c] = keys.map(({ key }) => `/w/${key}/late`);
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  await once(socket, 'connect');
  for (const path of [a, b]) socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  await guess;
  socket.destroy();
  assert.equal((await fetch(base + c)).status, 200, 'its turn comes after theirs');
  assert.deepEqual(knownToHaveLeft, [true, true, false]);
});
