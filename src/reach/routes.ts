import { notFound } from '../errors.ts';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { App } from '../http/app-type.ts';
import { openedBy } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { AddressesAnswer, addressesBehind, addressesOf } from './addresses.ts';
import { keyPathOf, originOf } from './here.ts';
import type { HttpsListener } from './https-listener.ts';
import { trustPage } from './trust-page.ts';

// The addresses that say how to reach this server, and how a browser accepts its certificate.

export interface ReachOptions {
  readonly https: HttpsListener;
  readonly keys: Config['keys'];
  readonly host: string;
}

/** Nothing is fetched from elsewhere: a class may have no internet. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
};

/** Somebody who asks whether the server is there is answered, however much it has to do. */
const PAGE = { schema: { hide: true }, config: { neverShed: true } };

/** The pages for whoever wants to know how to reach the server. */
export async function reachRoutes(app: App, { https, keys, host }: ReachOptions): Promise<void> {
  app.get('/trust', PAGE, async (request, reply) => {
    const authority = https.authority();
    const port = https.port();
    const isSecure = request.protocol === 'https';
    const secure = isSecure
      ? originOf(request)
      : port === undefined
        ? undefined
        : `https://${request.hostname || '127.0.0.1'}:${port}`;
    return reply
      .type('text/html; charset=utf-8')
      .headers(PAGE_HEADERS)
      .send(
        trustPage({
          secure,
          isSecure,
          keyPath: keys.length > 0 ? '/w/<key>' : '',
          fingerprint: authority?.fingerprint256,
        }),
      );
  });

  app.get('/trust/ca.crt', PAGE, async (_request, reply) => {
    const authority = https.authority();
    if (authority === undefined) throw notFound();
    return reply.type('application/x-x509-ca-cert').headers({ 'cache-control': 'no-store' }).send(authority.raw);
  });

  app.get(
    '/addresses',
    {
      config: { neverShed: true },
      schema: {
        tags: ['reach'],
        summary:
          'The addresses of this server for the computers of the room, with the key that the caller gave, or for a teacher that of the pupils',
        response: { 200: AddressesAnswer, ...failures },
      },
    },
    async (request) => {
      const address = app.server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const path = pupilsPath(request, keys);
      const isProxied = (request.ips?.length ?? 0) > 1;
      return isProxied
        ? addressesBehind(request, { host, port, https }, path)
        : addressesOf({ host, port, https }, path);
    },
  );
}

/** A teacher shows these addresses to the class: they must not hold the teacher's key. */
function pupilsPath(request: FastifyRequest, keys: Config['keys']): string {
  const { workspace, role } = openedBy(request);
  const pupils = keys.find((key) => key.workspace === workspace && key.role === 'pupil');
  return role === 'teacher' && pupils !== undefined ? `/w/${pupils.key}` : keyPathOf(request);
}
