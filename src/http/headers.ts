import cors from '@fastify/cors';
import type { App } from './app-type.ts';

/** On every answer, also those that no route gives. */
export const PLAIN_HEADERS = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' } as const;

export function registerPlainHeaders(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(PLAIN_HEADERS);
    // browsers ask before a public site may speak to a computer in the school
    if (request.headers['access-control-request-private-network'] === 'true') reply.header('access-control-allow-private-network', 'true');
  });
}

/** The IDE comes from another site: every answer must be readable there, errors and streams included. */
export async function registerCors(app: App): Promise<void> {
  await app.register(cors, {
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'],
    exposedHeaders: ['Content-Length', 'Content-Disposition'],
    strictPreflight: false,
    maxAge: 600,
  });
}
