import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, it } from 'node:test';
import fastify from 'fastify';
import { tooManyStreams } from '../../src/errors.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { createStreamSender } from '../../src/events/stream/send.ts';
import type { App } from '../../src/http/app-type.ts';
import { clientOf } from '../../src/http/client-of.ts';
import { createCountLimit } from '../../src/http/limits.ts';
import { openStream } from '../helpers/event-stream.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** Streams of one client. */
const MOST = 100;

it('clients that leave while the log of a job is read keep no place', async () => {
  const bus = createEventBus({ catalogue: loadCatalogue() });
  bus.register(
    { jobId: 'job-1', workspace: '', projectId: 'p', addresses: new Set(['127.0.0.1']) },
    join(await tempDir(), 'events.jsonl'),
  );
  const app: App = fastify();
  after(() => app.close());
  const send = createStreamSender(app, bus, createCountLimit(MOST, tooManyStreams));
  let [arrived, left] = [0, 0];
  let goOn = () => {};
  const lookedUp = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // As /jobs/<id>/events, which reads the log before it opens the stream.
  app.get('/events', async (incoming, reply) => {
    arrived += 1;
    clientOf(incoming);
    reply.raw.once('close', () => {
      left += 1;
    });
    await lookedUp;
    return send(incoming, reply, { kind: 'job', workspace: '', jobId: 'job-1' });
  });
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/events`;

  const leavers = Array.from({ length: MOST }, () =>
    request(url, { agent: false })
      .on('error', () => undefined)
      .end(),
  );
  await until(() => arrived === leavers.length, 60_000, 'all requests');
  for (const leaving of leavers) leaving.destroy();
  await until(() => left === leavers.length, 60_000, 'the end of their connections');
  goOn();
  const stream = await openStream(url);
  assert.equal(stream.status, 200);
  assert.equal(bus.streams, 1);
  stream.close();
});

it('a stream that was read and left gives its place back', async () => {
  const bus = createEventBus({ catalogue: loadCatalogue() });
  const app: App = fastify();
  after(() => app.close());
  const send = createStreamSender(app, bus, createCountLimit(MOST, tooManyStreams));
  app.get('/events', (incoming, reply) => send(incoming, reply, { kind: 'client', client: clientOf(incoming) }));
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/events`;
  for (let opened = 0; opened <= MOST; opened += 100) {
    const streams = await Promise.all(Array.from({ length: 100 }, () => openStream(url)));
    assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
    for (const stream of streams) stream.close();
    await until(() => bus.streams === 0, 60_000, 'their end');
  }
});
