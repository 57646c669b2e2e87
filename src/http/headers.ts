import type { Duplex } from 'node:stream';
import cors from '@fastify/cors';
import type { App } from './app-type.ts';
import type { Gate } from './gate.ts';

/** On every answer, also those that no route gives. Addresses hold the key, so no page learns where its visitor came from. */
const PLAIN_HEADERS = {
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;
const EXPOSED = 'Content-Length, Content-Disposition, Content-Range, Accept-Ranges, ETag, Retry-After, X-Request-Id';
const METHODS = ['GET', 'HEAD', 'POST', 'DELETE'];
/** Browsers ask under one of these names before a public site may speak to a computer in the school. */
const NETWORKS = ['private-network', 'local-network'];

/** The origin of the newest request on a connection, for answers that are written to its socket. */
const origins = new WeakMap<Duplex, string>();

/** The headers of an answer that a page of this origin may read; undefined: no page may. */
export function plainHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  return origin === undefined
    ? PLAIN_HEADERS
    : { ...PLAIN_HEADERS, 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
}

export function originOfSocket(socket: Duplex): string | undefined {
  return origins.get(socket);
}

export function registerPlainHeaders(app: App, gate: Gate): void {
  app.addHook('onRequest', async (request, reply) => {
    const origin = gate.originOf(request);
    reply.headers(plainHeaders(origin));
    if (origin === undefined) {
      origins.delete(request.raw.socket);
      return;
    }
    origins.set(request.raw.socket, origin);
    for (const network of NETWORKS) {
      if (request.headers[`access-control-request-${network}`] === 'true')
        reply.header(`access-control-allow-${network}`, 'true');
    }
  });
}

/** The IDE comes from another site, so browsers ask before they upload or train. */
export async function registerPreflight(app: App, gate: Gate): Promise<void> {
  await app.register(cors, {
    delegator: (request, done) =>
      done(null, {
        origin: gate.originOf(request) ?? false,
        exposedHeaders: EXPOSED,
        methods: METHODS,
        strictPreflight: false,
        maxAge: 600,
      }),
  });
}
