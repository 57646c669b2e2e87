import { tooManyJobs } from '../errors.ts';
import type { Client } from '../http/client.ts';
import { groupOf } from '../http/limits.ts';

/** Runs a submission unless too many jobs of its client wait. */
export type WaitingLimit = <Value>(client: Client, submit: () => Promise<Value>) => Promise<Value>;

/** Submissions that are not queued yet count, too: many at once must not pass the limit together. */
export function createWaitingLimit(max: number, waitingOf: (group: string) => number): WaitingLimit {
  const underWay = new Map<string, number>();
  return async (client, submit) => {
    const group = groupOf(client);
    const others = underWay.get(group) ?? 0;
    if (waitingOf(group) + others >= max) throw tooManyJobs(max);
    underWay.set(group, others + 1);
    try {
      return await submit();
    } finally {
      const left = (underWay.get(group) ?? 1) - 1;
      if (left > 0) underWay.set(group, left);
      else underWay.delete(group);
    }
  };
}
