import { Counts } from '../../counts.ts';
import type { QueuePlace } from './job.ts';
import type { Queue, QueueItem } from './queue.ts';
import { SortedList } from './sorted-list.ts';

/**
 * Fair round robin: every client has at most one job in a round, and rounds run one after the
 * other, so one client's backlog cannot delay a class. A job gets its round when it is queued: the
 * one that runs now, or the one after the client's own last job. Its place can then only improve
 * but for newcomers to an earlier round, and a restart finds the same order in the job files.
 * A training that leaves its turn gets a round like a new job. Within a round it comes after the
 * jobs that have not run, so nobody waits for a second turn of others before the own first one.
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

  return {
    placeFor: (clientKey, id) => ({ round: firstRoundFor(clientKey), since: id }),
    placeAgain(clientKey, id, next, isLonger) {
      const round = firstRoundFor(clientKey) + (isLonger ? 1 : 0);
      return behind(next, { round, since: id, again: true });
    },
    add(item) {
      byId.set(item.id, item);
      waiting.add(item);
      waitingByGroup.add(item.group);
      const own = byClient.get(item.clientKey) ?? new SortedList(isOfEarlierRound);
      own.add(item);
      byClient.set(item.clientKey, own);
    },
    take(mayStart = () => true) {
      const [item] = firstOf(waiting, mayStart, 1);
      if (!item) return undefined;
      removeItem(item);
      noteStarted(item.clientKey, item.place);
      return item;
    },
    next: (isWanted, most) => firstOf(waiting, isWanted, most),
    remove(id) {
      const item = byId.get(id);
      if (item) removeItem(item);
      return item !== undefined;
    },
    noteStarted,
    has: (id) => byId.has(id),
    waitingOf: (group) => waitingByGroup.of(group),
    order: () => [...waiting],
  };
}

function firstOf(waiting: Iterable<QueueItem>, isWanted: (id: string) => boolean, most: number): QueueItem[] {
  const found: QueueItem[] = [];
  if (most < 1) return found;
  for (const item of waiting) {
    if (isWanted(item.id)) found.push(item);
    if (found.length === most) break;
  }
  return found;
}

/** Rounds in which nobody waits are passed over: else what leaves its turn would be next itself. */
export function behind(next: QueuePlace | undefined, place: QueuePlace): QueuePlace {
  if (!next || compare(next, place) < 0) return place;
  const later = { ...place, round: next.round };
  return compare(next, later) < 0 ? later : { ...place, round: next.round + 1 };
}

function isBefore(one: QueueItem, other: QueueItem): boolean {
  return one.begun === other.begun ? isOfEarlierRound(one, other) : one.begun;
}

function isOfEarlierRound(one: QueueItem, other: QueueItem): boolean {
  const order = compare(one.place, other.place);
  return order < 0 || (order === 0 && one.id < other.id);
}

/** By round; within one those first that have not run; then by time. Below 0: `one` is earlier. */
function compare(one: QueuePlace, other: QueuePlace): number {
  const rounds = one.round - other.round;
  if (rounds !== 0) return rounds;
  if (one.again !== other.again) return one.again ? 1 : -1;
  if (one.since === other.since) return 0;
  return one.since < other.since ? -1 : 1;
}
