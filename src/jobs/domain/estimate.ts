import type { JobKind } from './job.ts';
import type { ProjectType } from '../../projects/project.ts';

import { MinHeap } from './min-heap.ts';

// How long jobs take here, and when each waiting one will have its turn.

/** Guesses before the first job of a kind has ended, in seconds: a small project on two cores. */
const FIRST_GUESS: Readonly<Record<JobKind, number>> = { train: 120, convert: 20 };
/** The same for going on after a turn of others: a small project whose process is ready. */
const FIRST_RESUME_S: Readonly<Record<ProjectType, number>> = {
  IMAGE_CLASSIFICATION: 1,
  OBJECT_DETECTION: 0.7,
  VOICE_CLASSIFICATION: 0.5,
};
/** How much the newest duration counts. */
const WEIGHT = 0.3;

/** Moving averages of seconds, by a key. */
export interface Durations<Key> {
  note(key: Key, seconds: number): void;
  of(key: Key): number;
}

function createAverages<Key>(firstGuess: (key: Key) => number): Durations<Key> {
  const mean = new Map<Key, number>();
  return {
    note(key, seconds) {
      const before = mean.get(key);
      mean.set(key, before === undefined ? seconds : before + WEIGHT * (seconds - before));
    },
    of: (key) => mean.get(key) ?? firstGuess(key),
  };
}

/** How long jobs take here, by kind. */
export function createDurations(): Durations<JobKind> {
  return createAverages((kind) => FIRST_GUESS[kind]);
}

/** What going on costs after a turn of others: seconds from the start of the process to its first epoch. */
export function createResumeCosts(): Durations<ProjectType> {
  return createAverages((type) => FIRST_RESUME_S[type]);
}

/** A job in its turn, or one that waits for a turn. */
export interface Work {
  /** Seconds that it needs in all. */
  readonly leftS: number;
  /** Seconds after which others that wait get their turn. */
  readonly turnS: number;
  readonly round: number;
  /** How many share its slot, itself included, with one thread each. Left out: it has a slot alone. */
  readonly sharing?: number;
  /** The slot that it shares, in its turn. */
  readonly sharedSlot?: number;
}

/**
 * Seconds until the next turn of each waiting job, in their order, when each takes the slot, or the thread of one, that is
 * free first, and nobody overtakes. `threads`: how many jobs share a slot at most.
 * What does not end in its turn has others in later rounds, behind those that have not run.
 */
export function estimateWaits(
  running: readonly Work[],
  waiting: readonly Work[],
  slots: number,
  threads = 1,
): number[] {
  const freeTimes = createFreeTimes(running, slots, threads);
  /** Of the job before, without the seconds of whole rounds, which all slots have. */
  let startS = 0;
  let roundsS = 0;
  let round = waiting[0]?.round ?? 0;
  const furtherTurns = createFurtherTurns();
  for (const work of running) furtherTurns.add(work, work.round < round ? 0 : 1);
  return waiting.map((work) => {
    if (work.round > round) {
      round = work.round;
      roundsS += furtherTurns.endRound() / freeTimes.slots;
    }
    startS = freeTimes.take(work, startS);
    furtherTurns.add(work, 1);
    return startS + roundsS;
  });
}

/** When each slot is free, and each thread of those that are shared. */
function createFreeTimes(running: readonly Work[], slots: number, threads: number) {
  const whole = running.filter(({ sharedSlot }) => sharedSlot === undefined).map(turnEndS);
  /** Of each slot that is shared, or was: when each of its threads is free. */
  const shared = threadsOf(running, threads);
  const idle = Array<number>(Math.max(0, Math.max(1, slots) - whole.length - shared.length)).fill(0);
  const freeAt = new MinHeap([...whole, ...idle, ...shared.map(() => Number.POSITIVE_INFINITY)]);
  const takeThread = (work: Work, fromS: number) => {
    const [slot] = [...shared].sort((a, b) => firstFree(a) - firstFree(b));
    const startS = Math.max(fromS, Math.min(firstFree(slot), freeAt.least));
    if (slot && firstFree(slot) <= startS) slot[slot.indexOf(firstFree(slot))] = startS + turnEndS(work);
    else {
      freeAt.replaceLeast(Number.POSITIVE_INFINITY);
      shared.push([startS + turnEndS(work), ...Array<number>(threads - 1).fill(startS)]);
    }
    return startS;
  };
  const takeSlot = (work: Work) => {
    const [slot] = [...shared].sort((a, b) => allFree(a) - allFree(b));
    const startS = Math.min(allFree(slot), freeAt.least);
    if (slot && allFree(slot) < freeAt.least) slot.fill(startS + turnEndS(work));
    else freeAt.replaceLeast(startS + turnEndS(work));
    return startS;
  };
  return {
    slots: freeAt.size,
    /** When this job starts. It overtakes nobody: the one before starts at `fromS`. */
    take: (work: Work, fromS: number) => (work.sharing === undefined ? takeSlot(work) : takeThread(work, fromS)),
  };
}

/** When the first thread of a slot is free; Infinity: there is none. */
function firstFree(threads: readonly number[] = []): number {
  return Math.min(...threads);
}

/** When all of them are. */
function allFree(threads: readonly number[] = [Number.POSITIVE_INFINITY]): number {
  return Math.max(...threads);
}

function turnEndS({ leftS, turnS }: Work): number {
  return Math.max(0, Math.min(leftS, turnS));
}

/** Of each slot that jobs share in their turn, when each of its threads is free. */
function threadsOf(running: readonly Work[], threads: number): number[][] {
  const shared = new Map<number, number[]>();
  for (const work of running) {
    const { sharedSlot } = work;
    if (sharedSlot !== undefined) shared.set(sharedSlot, [...(shared.get(sharedSlot) ?? []), turnEndS(work)]);
  }
  return [...shared.values()].map((ends) => [...ends, ...Array<number>(Math.max(0, threads - ends.length)).fill(0)]);
}

/** Beyond so many rounds nobody needs an exact wait, and a long training costs no more to estimate. */
const MOST_TURNS = 100;

/** Seconds that the further turns of the jobs so far take, in this round and each later one. */
function createFurtherTurns() {
  const secondsIn: number[] = [];
  return {
    /** `from`: in how many rounds its next turn is. */
    add({ leftS, turnS, sharing = 1 }: Work, from: number) {
      let restS = leftS - turnS;
      for (let turn = from; restS > 0 && turn < MOST_TURNS; turn += 1) {
        secondsIn[turn] = (secondsIn[turn] ?? 0) + Math.min(restS, turnS) / sharing;
        restS -= turnS;
      }
    },
    endRound: () => secondsIn.shift() ?? 0,
  };
}
