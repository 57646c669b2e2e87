import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import { pino, type DestinationStream } from 'pino';
import type { Config } from '../config.ts';
import { invalidRequest } from '../errors.ts';
import { KEY_TIMES, type KeyTimes } from '../time-limits.ts';
import { createNetworks, parseAddress } from '../address.ts';
import type { App } from './app-type.ts';
import { type ClientLimits, ONE_SERVER } from './client-limits.ts';
import { clientOf } from './client-of.ts';
import { failOf } from './fail.ts';
import type { Gate } from './gate.ts';
import { plainHeaders } from './headers.ts';
import { createKeyCheck, registerKeys, sendKeyRefusal, withoutKeys } from './keys.ts';
import { registerQueuedAnswers } from './queued-answers.ts';
import { brokenRequestHandler, HTTP_OPTIONS } from './timeouts.ts';
import { MAX_ENCODED_PROJECT_ID } from './project-id.ts';
import { REQUEST_ID_HEADER, registerRequestIds, requestIdOf } from './request-id.ts';
import { keyRewriter } from './workspace-key.ts';

// Makes the HTTP server: its limits, its log without keys, and how it answers what is no proper request.

/** Bodies that are not forms: settings of a training, at most with a block program in it. */
export const MAX_BODY_BYTES = 1_000_000;

export interface ServerOptions {
  readonly logTo?: DestinationStream | undefined;
  readonly keyTimes?: KeyTimes | undefined;
  readonly limits?: Pick<ClientLimits, 'keyAttempts'> | undefined;
}

export function createServer(
  config: Pick<Config, 'keys' | 'logLevel' | 'trustProxy'>,
  gate: Gate,
  { logTo, keyTimes = KEY_TIMES, limits = ONE_SERVER }: ServerOptions = {},
): App {
  const checkKey = createKeyCheck(gate, limits.keyAttempts(keyTimes), keyTimes);
  const app = Fastify({
    loggerInstance: pino({ level: config.logLevel, base: null }, keyless(logTo ?? pino.destination(2), config.keys)),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit: MAX_BODY_BYTES,
    http: HTTP_OPTIONS,
    requestTimeout: HTTP_OPTIONS.requestTimeout,
    keepAliveTimeout: HTTP_OPTIONS.keepAliveTimeout,
    trustProxy: trustOf(config.trustProxy),
    rewriteUrl: keyRewriter(config.keys),
    // what comes while the server stops is answered in the usual form, by the routes
    return503OnClosing: false,
    // an address typed with a slash at its end gives `//ping`, as the IDE appends its paths as text; programs write `/ping/`
    routerOptions: { maxParamLength: MAX_ENCODED_PROJECT_ID, ignoreDuplicateSlashes: true, ignoreTrailingSlash: true },
    clientErrorHandler: brokenRequestHandler(gate),
    // addresses that no route can be looked up for; no hook sees them
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header(REQUEST_ID_HEADER, request.id);
      void checkKey(request).then((refusal) => {
        if (refusal !== undefined) sendKeyRefusal(reply, refusal);
        else
          reply
            .code(400)
            .headers(plainHeaders(gate.originOf(request)))
            .type('application/json')
            .send(failOf(invalidRequest(error.message)));
      });
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  registerRequestIds(app as unknown as App);
  registerQueuedAnswers(app as unknown as App);
  registerKeys(app as unknown as App, checkKey);
  // routes by their pattern: addresses hold keys and names
  app.addHook('onResponse', async (request, reply) => {
    const { workspace } = clientOf(request);
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        ...(workspace && { workspace }),
      },
      'request',
    );
  });
  return app as unknown as App;
}

/** Fastify's own check knows no ports: `203.0.113.7:50001` would be nobody's address. */
function trustOf(proxies: Config['trustProxy']): false | ((address: string) => boolean) {
  if (proxies.length === 0) return false;
  const isProxy = createNetworks(proxies);
  return (address) => isProxy(parseAddress(address) ?? '');
}

function keyless(target: DestinationStream, keys: Config['keys']): DestinationStream {
  return keys.length === 0 ? target : { write: (line) => target.write(withoutKeys(line, keys)) };
}
