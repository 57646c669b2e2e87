import { tooManyRequests, type AppError } from '../errors.ts';
import type { Client } from './client.ts';

// A whole class may sit behind one address (a router, a proxy), so the limits are those
// that only a broken or hostile program reaches: 100 open streams and 50 uploads a second pass.

export const MAX_STREAMS_PER_CLIENT = 400;
export const UPLOADS_PER_SECOND = 100;
export const UPLOAD_BURST = 200;

export interface RateLimit {
  /** Throws too_many_requests when the client's bucket is empty. */
  take(client: Client): void;
}

/** A bucket of `burst` tokens per client, refilled by `perSecond`. */
export function createRateLimit(what: string, perSecond: number, burst: number, now: () => number = Date.now): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(client) {
      const key = keyOf(client);
      const time = now();
      if (buckets.size > 10_000) sweep(time);
      const bucket = buckets.get(key) ?? { tokens: burst, at: time };
      const tokens = Math.min(burst, bucket.tokens + ((time - bucket.at) / 1000) * perSecond);
      buckets.set(key, { tokens: Math.max(0, tokens - 1), at: time });
      if (tokens < 1) throw tooManyRequests(`${what} a second`, perSecond);
    },
  };

  function sweep(time: number): void {
    for (const [key, { at }] of buckets) if ((time - at) / 1000 > burst / perSecond) buckets.delete(key);
  }
}

export interface CountLimit {
  /** Take one of the client's places; the result gives it back (once). Throws the error when all are taken. */
  enter(client: Client): () => void;
}

export function createCountLimit(max: number, error: (max: number) => AppError): CountLimit {
  const counts = new Map<string, number>();
  return {
    enter(client) {
      const key = keyOf(client);
      const count = counts.get(key) ?? 0;
      if (count >= max) throw error(max);
      counts.set(key, count + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const rest = (counts.get(key) ?? 1) - 1;
        if (rest === 0) counts.delete(key);
        else counts.set(key, rest);
      };
    },
  };
}

function keyOf({ workspace, address }: Client): string {
  return `${workspace}/${address}`;
}
