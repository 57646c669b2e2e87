import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from './app-type.ts';

/**
 * A client may send further requests before it has its first answer. When its connection ends, Node before 26 says so
 * to the answer that was being sent alone: those that waited behind it kept their files, streams and places for ever.
 * The first of all hooks: one that waits could miss the end.
 */
export function registerQueuedAnswers(app: App): void {
  const queues = new WeakMap<Socket, Set<ServerResponse>>();

  app.addHook('onRequest', async ({ raw: { socket } }, { raw }) => {
    const queue = queues.get(socket) ?? new Set();
    if (!queues.has(socket)) {
      queues.set(socket, queue);
      socket.once('close', () => queue.forEach(close));
    }
    queue.add(raw);
    raw.once('close', () => queue.delete(raw));
  });
}

/** As Node does it for the answer that is being sent; `_closed` is what `closed` reads. */
function close(response: ServerResponse & { _closed?: boolean }): void {
  response.destroyed = true;
  response._closed = true;
  response.emit('close');
}
