import { Counts } from '../../counts.ts';
import { tooManyJobs } from '../../errors.ts';
import { groupOf, type Client } from '../../client.ts';

/** Runs a submission unless too many jobs of its client wait. */
export type WaitingLimit = <Value>(client: Client, submit: () => Promise<Value>) => Promise<Value>;

/** Submissions that are not queued yet count, too: many at once must not pass the limit together. */
export function createWaitingLimit(max: number, waitingOf: (group: string) => number): WaitingLimit {
  const underWay = new Counts();
  return async (client, submit) => {
    const group = groupOf(client);
    if (waitingOf(group) + underWay.of(group) >= max) throw tooManyJobs(max);
    underWay.add(group);
    try {
      return await submit();
    } finally {
      underWay.remove(group);
    }
  };
}
