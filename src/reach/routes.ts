import type { FastifyRequest } from 'fastify';
import { notFound } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import type { HttpsListener } from './https-listener.ts';
import { trustPage } from './trust-page.ts';

export interface ReachOptions {
  readonly https: HttpsListener;
  readonly hasKeys: boolean;
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

/** The pages for whoever wants to know whether the server is here and how to reach it. */
export async function reachRoutes(app: App, { https, hasKeys }: ReachOptions): Promise<void> {
  app.get('/', PAGE, async (request, reply) => {
    const base = baseOf(request);
    return reply
      .type('text/plain; charset=utf-8')
      .headers({ 'cache-control': 'no-store' })
      .send(
        `${[
          'This is the KidBright mAI server, and it works. · นี่คือเซิร์ฟเวอร์ KidBright mAI พร้อมใช้งานแล้ว',
          `Type this address into the IDE · พิมพ์ที่อยู่นี้ใน IDE: ${base}`,
          `If the browser warns or nothing happens · ถ้าเบราว์เซอร์เตือนหรือเชื่อมต่อไม่ได้: ${originOf(request)}/trust`,
          `For programmers · สำหรับผู้พัฒนา: ${base}/docs`,
          'Source and help · ซอร์สโค้ดและคู่มือ: README.md of this server',
        ].join('\n')}\n`,
      );
  });

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
          keyPath: hasKeys ? '/w/<key>' : '',
          fingerprint: authority?.fingerprint256,
        }),
      );
  });

  app.get('/trust/ca.crt', PAGE, async (_request, reply) => {
    const authority = https.authority();
    if (authority === undefined) throw notFound();
    return reply.type('application/x-x509-ca-cert').headers({ 'cache-control': 'no-store' }).send(authority.raw);
  });
}

/** As the client wrote it, with the key that it gave. */
function baseOf(request: FastifyRequest): string {
  return originOf(request) + (/^\/w\/[^/?#]+/.exec(request.originalUrl)?.[0] ?? '');
}

function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host || '127.0.0.1'}`;
}
