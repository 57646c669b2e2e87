import { Counts } from '../../counts.ts';
import type { QueuePlace } from './job.ts';
import type { Queue, QueueItem } from './queue.ts';
import { SortedList } from './sorted-list.ts';

/**
 * Fair round robin: every client has at most one job in a round, and rounds run one after the
 * other, so nobody's ten jobs stand before a class. A job gets its round when it is queued: the
 * one that runs now, or the one after the client's own last job. Its place can then only improve
 * but for newcomers to an earlier round, and a restart finds the same order in the job files.
 */
export function createMemoryQueue(): Queue {
  const waiting = new SortedList(isBefore);
  const byId = new Map<string, QueueItem>();
  const byClient = new Map<string, SortedList<QueueItem>>();
  const waitingByGroup = new Counts();
  /** Clients with a started job of this round; those of earlier rounds have no part in where a new job goes. */
  const servedNow = new Set<string>();
  let round = 0;

  const firstRoundFor = (clientKey: string) => {
    const last = byClient.get(clientKey)?.last?.place.round ?? -1;
    return Math.max(servedNow.has(clientKey) ? round + 1 : round, last + 1);
  };

  const noteStarted = (clientKey: string, place: QueuePlace) => {
    if (place.round > round) {
      round = place.round;
      servedNow.clear();
    }
    if (place.round === round) servedNow.add(clientKey);
  };

  const removeItem = (item: QueueItem) => {
    byId.delete(item.id);
    waiting.remove(item);
    waitingByGroup.remove(item.group);
    const own = byClient.get(item.clientKey);
    own?.remove(item);
    if (own?.size === 0) byClient.delete(item.clientKey);
  };

  const firstThat = (mayStart: (id: string) => boolean) => {
    for (const item of waiting) if (mayStart(item.id)) return item;
    return undefined;
  };

  return {
    placeFor: (clientKey, id) => ({ round: firstRoundFor(clientKey), since: id }),
    add(item) {
      byId.set(item.id, item);
      waiting.add(item);
      waitingByGroup.add(item.group);
      const own = byClient.get(item.clientKey) ?? new SortedList(isOfEarlierRound);
      own.add(item);
      byClient.set(item.clientKey, own);
    },
    take(mayStart = () => true) {
      const item = firstThat(mayStart);
      if (!item) return undefined;
      removeItem(item);
      noteStarted(item.clientKey, item.place);
      return item;
    },
    remove(id) {
      const item = byId.get(id);
      if (item) removeItem(item);
      return item !== undefined;
    },
    noteStarted,
    has: (id) => byId.has(id),
    first: firstThat,
    waitingOf: (group) => waitingByGroup.of(group),
    order: () => [...waiting],
  };
}

function isBefore(one: QueueItem, other: QueueItem): boolean {
  return one.begun === other.begun ? isOfEarlierRound(one, other) : one.begun;
}

function isOfEarlierRound(one: QueueItem, other: QueueItem): boolean {
  const [a, b] = [one.place, other.place];
  const [roundOfOne, roundOfOther] = [a.round, b.round];
  if (roundOfOne !== roundOfOther) return roundOfOne < roundOfOther;
  return a.since === b.since ? one.id < other.id : a.since < b.since;
}
