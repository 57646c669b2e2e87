import rateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { FastifyContextConfig } from 'fastify';
import { Counts } from '../counts.ts';
import { tooManyRequests, type AppError } from '../errors.ts';
import { HTTP_TIMES } from '../time-limits.ts';
import type { App } from './app-type.ts';
import { groupOf, type Client } from '../client.ts';
import { clientOf } from './client-of.ts';

// A whole class may sit behind one address (a router, a proxy), so the limits are those that only a broken
// or hostile program reaches. Forty pupils who send five photos a second each make 200 requests a second.

export const MAX_STREAMS_PER_CLIENT = 400;
export const UPLOADS_PER_SECOND = 200;
export const JOBS_PER_SECOND = 200;
export const PHOTOS_PER_SECOND = 400;
/** Forty pupils may open a page at the same time, which sends some requests each. */
export const LOOKS_PER_SECOND = 400;
/** Each takes a second of the process that answers. */
export const HEATS_PER_SECOND = 40;
/** A page shows a hundred at once, and browsers ask for six at a time. */
export const THUMBNAILS_PER_SECOND = 4000;

/** Counts requests of each key in windows of time. */
export interface RequestCounts {
  /** One more: how many there are in this window of `windowMs`, and how long it still takes. Nobody waits for it. */
  count(key: string, max: number, windowMs: number): { readonly current: number; readonly ttl: number };
}

/** Routes say how many requests they take with `config: limitOf(…)`. `counts`: left out, they are counted in memory. */
export async function registerRateLimits(app: App, counts?: RequestCounts): Promise<void> {
  const headers = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false };
  await app.register(rateLimit, {
    global: false,
    keyGenerator: (request) => groupOf(clientOf(request)),
    addHeaders: headers,
    addHeadersOnExceeding: headers,
    ...(counts && { store: storeOf(counts) }),
  });
}

/** As the plugin wants it: made once, with a child for each route. */
function storeOf(counts: RequestCounts): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    route = '';

    incr(key: string, done: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number, max: number): void {
      done(null, counts.count(`${this.route} ${key}`, max, windowMs));
    }

    child({ routeInfo }: ChildOptions): Store {
      const child = new Store();
      child.route = `${routeInfo.method} ${routeInfo.url}`;
      return child;
    }
  };
}

/** What the plugin gives a child, whatever its types say. */
type ChildOptions = Parameters<FastifyRateLimitStore['child']>[0] & {
  readonly routeInfo: { readonly method: string | readonly string[]; readonly url: string };
};

/** So many requests of a client in each second pass; the others are refused with 429 and Retry-After. */
export function limitOf(what: string, perSecond: number): Pick<FastifyContextConfig, 'rateLimit'> {
  return {
    rateLimit: {
      max: perSecond,
      timeWindow: HTTP_TIMES.rateWindowMs,
      errorResponseBuilder: () => tooManyRequests(`${what} a second`, perSecond),
    },
  };
}

export interface CountLimit {
  /** Take one of the client's places; the result gives it back (once). Throws the error when all are taken. */
  enter(client: Client): () => void;
}

export function createCountLimit(max: number, error: (max: number) => AppError): CountLimit {
  const counts = new Counts();
  return {
    enter(client) {
      const key = groupOf(client);
      if (counts.of(key) >= max) throw error(max);
      counts.add(key);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        counts.remove(key);
      };
    },
  };
}
