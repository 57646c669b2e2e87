import { tooManyJobs } from '../errors.ts';
import { clientKey, type Client } from '../http/client.ts';

/** Runs a submission unless too many jobs of its client wait. */
export type WaitingLimit = <Value>(client: Client, submit: () => Promise<Value>) => Promise<Value>;

/** Submissions that are not queued yet count, too: many at once must not pass the limit together. */
export function createWaitingLimit(max: number, waitingOf: (key: string) => number): WaitingLimit {
  const underWay = new Map<string, number>();
  return async (client, submit) => {
    const key = clientKey(client);
    const others = underWay.get(key) ?? 0;
    if (waitingOf(key) + others >= max) throw tooManyJobs(max);
    underWay.set(key, others + 1);
    try {
      return await submit();
    } finally {
      const left = (underWay.get(key) ?? 1) - 1;
      if (left > 0) underWay.set(key, left);
      else underWay.delete(key);
    }
  };
}
