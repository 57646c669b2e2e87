import multipart from '@fastify/multipart';
import { notFound, type AppError } from '../errors.ts';
import type { App } from './app-type.ts';
import type { Client } from '../client.ts';
import { registerDocs } from './docs.ts';
import { registerErrorHandler } from './error-handler.ts';
import { failOf } from './fail.ts';
import { registerGate, type Gate } from './gate.ts';
import { registerPlainHeaders, registerPreflight } from './headers.ts';
import { registerJsonBodies } from './json-body.ts';
import { registerRateLimits, type RequestCounts } from './limits.ts';
import { createMethodGuard } from './methods.ts';
import { registerNames } from './names.ts';
import { registerPressure } from './pressure.ts';
import { registerStallCheck } from './stalled.ts';
import { registerBodyTimeout } from './timeouts.ts';

// Puts together what all routes share.

export interface HttpOptions {
  readonly gate: Gate;
  readonly maxBodyBytes: number;
  /** How late the event loop may be before requests are refused. */
  readonly maxLagMs?: number | undefined;
  /** The window in which that is measured. */
  readonly lagWindowMs?: number | undefined;
  /** How long a client may take nothing of an answer. */
  readonly stalledMs?: number | undefined;
  /** Requests of clients are counted so; undefined: in memory. */
  readonly requests?: RequestCounts | undefined;
  readonly refuse: (client: Client, error: AppError) => void;
}

/** What every route shares. Register it before the routes, and call the result after them. */
export async function registerHttp(app: App, options: HttpOptions): Promise<() => void> {
  const guardMethods = createMethodGuard(app);
  registerErrorHandler(app, options);
  registerPlainHeaders(app, options.gate);
  registerGate(app, options.gate);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await reply.code(404).type('application/json').send(failOf(notFound()));
  });
  await registerPreflight(app, options.gate);
  registerNames(app);
  await registerPressure(app, options.maxLagMs, options.lagWindowMs);
  await registerRateLimits(app, options.requests);
  registerBodyTimeout(app);
  registerJsonBodies(app);
  registerStallCheck(app, options.stalledMs);
  await app.register(multipart, { throwFileSizeLimit: false });
  await registerDocs(app);
  return guardMethods;
}
