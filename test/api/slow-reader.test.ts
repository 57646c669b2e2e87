import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, it } from 'node:test';
import fastify from 'fastify';
import { tooManyStreams } from '../../src/errors.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { listenRoutes } from '../../src/events/routes.ts';
import type { App } from '../../src/http/app-type.ts';
import { FailSchema } from '../../src/http/fail.ts';
import { createCountLimit } from '../../src/http/limits.ts';
import { openStream } from '../helpers/event-stream.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const COUNT = 150_000;

it('a client that never reads is dropped without memory growth, and comes back without a loss', async () => {
  const bus = createEventBus({ catalogue: loadCatalogue(), maxPendingChars: 500_000 });
  const app: App = fastify();
  after(() => app.close());
  app.addSchema(FailSchema);
  await app.register(listenRoutes, { bus, places: createCountLimit(2, tooManyStreams) });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const log = bus.register(
    { jobId: 'job-1', workspace: '', projectId: 'p', addresses: new Set(['127.0.0.1']) },
    join(await tempDir(), 'events.jsonl'),
  );

  const asleep = await openStream(`${base}/listen`);
  log.append({ event: 'initial' });
  await asleep.waitFor('initial');
  asleep.pause();
  const before = process.memoryUsage().rss;
  for (let batch = 1; batch <= COUNT; batch += 1) {
    log.append({ event: 'batch_end', batch, max_batch: COUNT });
    if (batch % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  log.flush();
  await until(() => bus.streams === 0, 60_000, 'the drop');
  assert.ok(process.memoryUsage().rss - before < 150e6, `memory grew by ${process.memoryUsage().rss - before} bytes`);
  asleep.resume();
  await until(() => asleep.ended, 60_000, 'the cut');
  assert.ok(asleep.messages.length < COUNT);

  const back = await openStream(`${base}/listen`, { headers: { 'last-event-id': String(asleep.messages.at(-1)?.id) } });
  await until(() => back.messages.length + asleep.messages.length > COUNT, 60_000, 'the rest');
  const ids = [...asleep.messages, ...back.messages].map(({ id }) => id);
  assert.deepEqual(
    ids,
    Array.from({ length: COUNT + 1 }, (_, index) => `job-1:${index + 1}`),
  );
  back.close();
});
