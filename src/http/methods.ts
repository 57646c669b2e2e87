import { METHODS } from 'node:http';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { methodNotAllowed } from '../errors.ts';
import type { App } from './app-type.ts';

/** CORS answers OPTIONS of pages that it knows, `tellMethods` the others; a CONNECT never becomes a request. */
const NOT_OURS = new Set(['OPTIONS', 'CONNECT']);
const ALL = METHODS.filter((method) => !NOT_OURS.has(method));

/**
 * Answers known addresses that are asked with another method: 405, and `Allow` names those that work.
 * Call it before the routes are registered, and the result after them.
 */
export function createMethodGuard(app: App): () => void {
  const known = new Map<string, RouteOptions[]>();
  let isComplete = false;
  app.addHook('onRoute', (route) => {
    if (!isComplete && route.url.startsWith('/')) known.set(route.url, [...(known.get(route.url) ?? []), route]);
  });
  return () => {
    isComplete = true;
    for (const method of ALL) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
    for (const [url, routes] of known) {
      refuseOthers(app, url, routes);
      tellMethods(app, url, routes);
    }
  };
}

/** OPTIONS that no page of another site asks: by a program, or to find out what works here. */
function tellMethods(app: App, url: string, routes: readonly RouteOptions[]): void {
  const allowed = [...routes.flatMap(({ method }) => method), 'OPTIONS'].join(', ');
  app.route({
    method: 'OPTIONS',
    url,
    exposeHeadRoute: false,
    schema: { hide: true },
    handler: async (_request, reply) => reply.code(204).header('allow', allowed).send(),
  });
}

function refuseOthers(app: App, url: string, routes: readonly RouteOptions[]): void {
  const allowed = routes.flatMap(({ method }) => method);
  const refuse = async ({ method }: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allowed.join(', '));
    throw methodNotAllowed(method, allowed.join(', '));
  };
  app.route({
    method: ALL.filter((method) => !allowed.includes(method)),
    url,
    exposeHeadRoute: false,
    // limits, event streams and the status that the IDE reads are those of the address, whatever the method
    config: { ...routes[0]?.config },
    schema: { hide: true },
    // before the body is read: nobody wants it
    preParsing: refuse,
    handler: refuse,
  });
}
