import { createHash, timingSafeEqual } from 'node:crypto';
import { metricsKeyNeeded } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import { limitOf } from '../http/limits.ts';
import type { Metrics } from './metrics.ts';

// Counts what is answered, and hands the figures to whoever has the key for them.

/** Prometheus asks every 15 s or so; whoever guesses keys asks more often. */
const LOOKS_PER_SECOND = 10;

/** Follow every request from now on. */
export function registerRequestFigures(app: App, metrics: Metrics): void {
  const streaming = new WeakSet<object>();
  // addresses hold keys and names: routes by their pattern
  app.addHook('onSend', async (request, reply) => {
    if (!String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream')) return;
    streaming.add(request);
    const closed = metrics.streamOpened(request.routeOptions.url ?? 'unknown');
    if (reply.raw.destroyed) closed();
    else reply.raw.once('close', closed);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (streaming.has(request)) return;
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    metrics.answered({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}

export async function metricsRoutes(
  app: App,
  { metrics, key }: { readonly metrics: Metrics; readonly key: string },
): Promise<void> {
  const wanted = digest(`Bearer ${key}`);
  app.get(
    '/metrics',
    {
      config: { neverShed: true, ...limitOf('looks at the figures', LOOKS_PER_SECOND) },
      schema: {
        tags: ['operation'],
        summary: 'Figures of the server for Prometheus; needs `Authorization: Bearer <MAI_METRICS>`',
        response: { ...rawAnswer('text/plain', 'Figures in the text format of Prometheus.'), ...failures },
      },
    },
    async (request, reply) => {
      if (!timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) {
        reply.header('www-authenticate', 'Bearer');
        throw metricsKeyNeeded();
      }
      return reply
        .type(metrics.contentType)
        .header('cache-control', 'no-store')
        .send(await metrics.text());
    },
  );
}

/** Equal lengths, which timingSafeEqual asks for. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
