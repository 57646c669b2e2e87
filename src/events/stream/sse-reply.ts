import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../http/app-type.ts';
import { clientOf } from '../../http/client-of.ts';
import type { CountLimit } from '../../http/limits.ts';
import { STREAM_TIMES } from '../../time-limits.ts';

// One event stream as an answer.

/** For whoever writes the chunks of a stream. */
export interface StreamReader {
  /** The reader has left, or the server stops. */
  readonly signal: AbortSignal;
  /** The reader is too far behind: cut its connection, it can come back with its last id. */
  onDrop(): void;
}

export type ReplySender = (
  request: FastifyRequest,
  reply: FastifyReply,
  open: (reader: StreamReader) => AsyncIterable<string>,
) => FastifyReply;

/** Measured: eleven for the events of a job. */
const MOST_LISTENERS = 20;

/**
 * Sends event streams as ordinary replies (plugins keep their headers, the socket its back-pressure), and ends them when
 * the app closes. `places`: how many a client may open.
 */
export function createReplySender(app: App, endStreams: () => void, places: CountLimit): ReplySender {
  const open = new Set<ServerResponse>();

  // Without this the app waits for its streams for ever, and a reader that takes nothing never ends by itself.
  app.addHook('preClose', async () => {
    endStreams();
    const deadline = Date.now() + STREAM_TIMES.endGraceMs;
    while (open.size > 0 && Date.now() < deadline) await delay(STREAM_TIMES.lookAgainMs);
    for (const response of open) response.destroy();
  });

  return (request, reply, chunksFor) => {
    const response = reply.raw;
    // The client left while the route looked something up: no `close` event would give its place back.
    if (response.destroyed) return reply.hijack();
    const leave = places.enter(clientOf(request));
    const gone = new AbortController();
    // Each layer that an answer passes waits for its end, with figures one more than Node takes for a leak.
    response.setMaxListeners(MOST_LISTENERS);
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      leave();
      gone.abort();
    });
    const chunks = chunksFor({ signal: gone.signal, onDrop: () => response.destroy() });
    return reply
      .type('text/event-stream; charset=utf-8')
      .headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
      .send(Readable.from(chunks, { highWaterMark: 1 }));
  };
}
