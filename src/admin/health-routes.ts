import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { failures } from '../http/fail.ts';
import { isReady, type Readiness } from './readiness.ts';

// What watches over the server asks here whether it lives and whether it can take work. No key is needed (http/workspace-key.ts).

const part = (...states: readonly string[]) => Type.Unsafe<string>({ type: 'string', enum: ['ok', ...states] });

const AliveAnswer = Type.Object({ status: Type.Literal('alive') });
const ReadyAnswer = Type.Object({
  status: Type.Unsafe<'ready' | 'not ready'>({ type: 'string', enum: ['ready', 'not ready'] }),
  parts: Type.Object({
    projects: part('disk_full', 'not_writable', 'slow'),
    python: part('missing', 'ended'),
    recovery: part('running'),
    process: part('stopping'),
    redis: Type.Optional(part('no_answer')),
  }),
});

/** A proxy or a browser must not answer from an earlier time. */
const NOT_KEPT = { 'cache-control': 'no-store' };

export async function healthRoutes(
  app: App,
  { readiness }: { readonly readiness: () => Promise<Readiness> },
): Promise<void> {
  app.get(
    '/healthz',
    {
      config: { neverShed: true },
      schema: {
        tags: ['operation'],
        summary: 'Does the process live? A restart is the answer to a no, and to nothing else',
        response: { 200: AliveAnswer, ...failures },
      },
    },
    async (_request, reply) => reply.headers(NOT_KEPT).send({ status: 'alive' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { neverShed: true },
      schema: {
        tags: ['operation'],
        summary: 'Can it take work? Each part with ok or what is wrong; 503 if one is not ok',
        response: { 200: ReadyAnswer, 503: ReadyAnswer, ...failures },
      },
    },
    async (_request, reply) => {
      const parts = await readiness();
      const ready = isReady(parts);
      return reply
        .code(ready ? 200 : 503)
        .headers(NOT_KEPT)
        .send({ status: ready ? ('ready' as const) : ('not ready' as const), parts });
    },
  );
}
