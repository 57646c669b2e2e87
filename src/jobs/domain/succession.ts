import { isSameClient, type Client } from '../../client.ts';
import { hasBegun, type Job, type JobReason } from './job.ts';
import { reasonOf } from './reasons.ts';

/** What a training takes over from the one of its project that it replaces. */
export function inheritFrom(
  old: Job,
  isRunning: boolean,
  client: Client,
): Pick<Job, 'place' | 'startsNext' | 'alsoFor'> {
  const hadBegun = isRunning || hasBegun(old);
  const others = [old.client.address, ...(old.alsoFor ?? [])].filter((address) => address !== client.address);
  return {
    place: old.place,
    ...(hadBegun ? { startsNext: true } : {}),
    ...(others.length > 0 ? { alsoFor: [...new Set(others)] } : {}),
  };
}

/** Why a training ends whose place a newer one takes; who pressed Train first may know nothing of the newer one. */
export function supersededBy(client: Client, old: Job): JobReason {
  return reasonOf('superseded', isSameClient(client, old.client) ? {} : { elsewhere: true });
}

/** A training that waits for a conversion is not counted before it in the queue. */
export function placeBehind(job: Job, conversion: Job | undefined): Job {
  const round = Math.max(job.place.round, conversion?.place.round ?? 0);
  return { ...job, place: { ...job.place, round } };
}
