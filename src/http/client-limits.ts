import type { AppError } from '../errors.ts';
import type { KeyTimes } from '../time-limits.ts';
import { createKeyAttempts, type KeyAttempts } from './key-attempts.ts';
import { createCountLimit, type CountLimit, type RequestCounts } from './limits.ts';

// The ports behind which a client is counted: by one web server for itself (below), or by all of a cluster together
// (src/cluster/clients).

export interface ClientLimits {
  keyAttempts(times: KeyTimes): KeyAttempts;
  /** Undefined: @fastify/rate-limit counts requests in memory. */
  readonly requests: RequestCounts | undefined;
  /** So many places of a kind for each client; the error is that of a client that wants more. */
  places(kind: string, max: number, error: (max: number) => AppError): CountLimit;
}

/** There is one web server. */
export const ONE_SERVER: ClientLimits = {
  keyAttempts: (times) => createKeyAttempts(undefined, times),
  requests: undefined,
  places: (_kind, max, error) => createCountLimit(max, error),
};
