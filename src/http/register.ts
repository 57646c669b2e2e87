import multipart from '@fastify/multipart';
import { notFound, type AppError } from '../errors.ts';
import type { App } from './app-type.ts';
import type { Client } from './client.ts';
import { registerDocs } from './docs.ts';
import { registerErrorHandler } from './error-handler.ts';
import { failOf } from './fail.ts';
import { registerCors, registerPlainHeaders } from './headers.ts';
import { registerBodyTimeout } from './timeouts.ts';
import { NOWHERE } from './workspace-key.ts';

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly refuse: (client: Client, error: AppError) => void;
}

/** What every route shares. Register it before the routes. */
export async function registerHttp(app: App, options: HttpOptions): Promise<void> {
  registerErrorHandler(app, options);
  registerPlainHeaders(app);
  app.addHook('onRequest', async (request, reply) => {
    // before anything looks at the request, so that a wrong key and a wrong path are answered alike
    if (request.is404 || request.raw.url === NOWHERE) await reply.code(404).type('application/json').send(failOf(notFound()));
  });
  await registerCors(app);
  registerBodyTimeout(app);
  await app.register(multipart, { throwFileSizeLimit: false });
  await registerDocs(app);
}
