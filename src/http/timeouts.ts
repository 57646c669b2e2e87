import { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import type { Duplex } from 'node:stream';
import { type AppError, invalidRequest, requestTimeout } from '../errors.ts';
import { isCutOff } from '../system-errors.ts';
import { HTTP_TIMES } from '../time-limits.ts';
import type { App } from './app-type.ts';
import { failOf } from './fail.ts';
import type { Gate } from './gate.ts';
import { originOfSocket, plainHeaders } from './headers.ts';

// How long a request may take to arrive.

/** Options for Node's server. */
export const HTTP_OPTIONS = {
  headersTimeout: HTTP_TIMES.headersMs,
  requestTimeout: HTTP_TIMES.requestMs,
  connectionsCheckingInterval: HTTP_TIMES.checkEveryMs,
  keepAliveTimeout: HTTP_TIMES.keepAliveMs,
};

/** End requests whose body stops coming. Answers may take as long as they need: streams and /convert are slow by nature. */
export function registerBodyTimeout(app: App, idleMs: number = HTTP_TIMES.bodyIdleMs): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    const { socket } = raw;
    // a length of 0 is said by clients that send nothing: nobody would read such a body to its end
    const hasBody = Number(raw.headers['content-length'] ?? 0) > 0 || raw.headers['transfer-encoding'] !== undefined;
    if (!hasBody || !(socket instanceof Socket)) return;
    socket.setTimeout(idleMs);
    // with a listener here Node leaves the socket to us
    raw.once('timeout', () =>
      reply.raw.headersSent ? socket.destroy() : answerRaw(socket, requestTimeout(), originOfSocket(socket)),
    );
    raw.once('end', () => socket.setTimeout(reply.raw.writableFinished ? HTTP_TIMES.keepAliveMs : 0));
  });
}

/** What Node's parser refuses (broken syntax, headers too large or too slow) never becomes a request: answer on the socket. */
export function brokenRequestHandler(gate: Gate): (error: ConnectionError, socket: Duplex) => void {
  return (error, socket) => {
    if (isCutOff(error) || !socket.writable) {
      socket.destroy();
      return;
    }
    const origin = gate.originOfBroken(headersOf(error.rawPacket)) ?? originOfSocket(socket);
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') answerRaw(socket, requestTimeout(), origin);
    else if (error.code === 'HPE_HEADER_OVERFLOW')
      answerRaw(socket, invalidRequest('its headers are larger than 16 kB', 431), origin);
    else answerRaw(socket, invalidRequest('it is not HTTP'), origin);
  };
}

/** From the bytes that the parser was given last. */
function headersOf(packet: unknown): { readonly host: string | undefined; readonly origin: string | undefined } {
  const text = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  const header = (name: string) => new RegExp(`\\r\\n${name}:[ \\t]*([^\\s]+)[ \\t]*\\r\\n`, 'i').exec(text)?.[1];
  return { host: header('host'), origin: header('origin') };
}

function answerRaw(socket: Duplex, error: AppError, origin: string | undefined): void {
  const body = JSON.stringify(failOf(error));
  const headers = {
    ...plainHeaders(origin),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (socket.writable) socket.write([`HTTP/1.1 ${error.statusCode} Refused`, ...lines, '', body].join('\r\n'));
  socket.destroySoon?.();
}

declare module 'node:stream' {
  interface Duplex {
    /** Sockets have it: end, and destroy once everything is written. */
    destroySoon?(): void;
  }
}
