import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HTTP_TIMES } from '../time-limits.ts';
import type { App } from './app-type.ts';

// Cuts off clients that ask for something and then do not take the answer.

const CHECKS = 6;

interface Taking {
  /** Bytes that have left for the network, and when that last changed. */
  taken: number;
  since: number;
}

/** Cut clients that take nothing of an answer: of a download, a replay or what is live. Slow ones take something. */
export function registerStallCheck(app: App, stalledMs: number = HTTP_TIMES.stalledMs): void {
  const sending = new Map<ServerResponse, Taking>();

  const check = () => {
    const now = performance.now();
    for (const [response, taking] of sending) {
      const { socket } = response;
      const [taken, waits] = socket ? takenOf(socket) : [0, false];
      if (!waits || taken !== taking.taken) Object.assign(taking, { taken, since: now });
      else if (now - taking.since >= stalledMs) response.destroy();
    }
  };
  const timer = setInterval(check, stalledMs / CHECKS);
  timer.unref();

  app.addHook('onRequest', async (_request, { raw }) => {
    sending.set(raw, { taken: 0, since: performance.now() });
    raw.once('close', () => sending.delete(raw));
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

/** How much the other side has taken, and whether more waits for it. A large write goes out in parts, which only the handle counts. */
function takenOf(
  socket: Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null },
): [number, boolean] {
  const waiting = Math.max(socket.writableLength, socket._handle?.writeQueueSize ?? 0);
  return [socket.bytesWritten - socket.writableLength - (socket._handle?.writeQueueSize ?? 0), waiting > 0];
}
