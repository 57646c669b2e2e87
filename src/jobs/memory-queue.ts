import type { QueuePlace } from './job.ts';
import type { Queue, QueueItem } from './queue.ts';

/**
 * Fair round robin: every client has at most one job in a round, and rounds run one after the
 * other, so nobody's ten jobs stand before a class. A job gets its round when it is queued: the
 * one that runs now, or the one after the client's own last job. Its place can then only improve
 * but for newcomers to an earlier round, and a restart finds the same order in the job files.
 */
export function createMemoryQueue(): Queue {
  const waiting: QueueItem[] = [];
  const startedRound = new Map<string, number>();
  let round = 0;

  const lastRoundOf = (clientKey: string) =>
    waiting
      .filter((item) => item.clientKey === clientKey)
      .reduce((last, item) => Math.max(last, item.place.round), startedRound.get(clientKey) ?? -1);

  const noteStarted = (clientKey: string, place: QueuePlace) => {
    startedRound.set(clientKey, Math.max(place.round, startedRound.get(clientKey) ?? -1));
    round = Math.max(round, place.round);
  };

  return {
    placeFor: (clientKey, id) => ({ round: Math.max(round, lastRoundOf(clientKey) + 1), since: id }),
    add(item) {
      const after = waiting.findIndex((other) => isBefore(item, other));
      waiting.splice(after < 0 ? waiting.length : after, 0, item);
    },
    take(mayStart = () => true) {
      const index = waiting.findIndex(({ id }) => mayStart(id));
      const item = index < 0 ? undefined : waiting.splice(index, 1)[0];
      if (item) noteStarted(item.clientKey, item.place);
      return item;
    },
    remove(id) {
      const index = waiting.findIndex((item) => item.id === id);
      if (index >= 0) waiting.splice(index, 1);
      return index >= 0;
    },
    noteStarted,
    order: () => [...waiting],
  };
}

function isBefore(a: QueueItem, b: QueueItem): boolean {
  if (a.begun !== b.begun) return a.begun;
  if (a.place.round !== b.place.round) return a.place.round < b.place.round;
  return a.place.since < b.place.since;
}
