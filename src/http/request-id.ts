import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { App } from './app-type.ts';

// The id of a request: on each of its lines in the log, and in its answer, so that who asked can say which line it was.

export const REQUEST_ID_HEADER = 'x-request-id';

/** What proxies and tracing send (UUIDs, hex, base64). Anything else could break a line, a column or a search of a log. */
const SOUND = /^[A-Za-z0-9][A-Za-z0-9._:+/=-]{0,127}$/;

/** The id that the caller gave, if it looks sound, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && SOUND.test(given) ? given : randomUUID();
}

/** Before every hook that may answer. */
export function registerRequestIds(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id);
  });
}
