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
  /** The slot that it shares with others: seconds of jobs that share one add up to those of the slot. */
  readonly sharedSlot?: number | undefined;
}

/**
 * Seconds until the next turn of each waiting job, in their order, when each takes the slot that is free first.
 * What does not end in its turn has others in later rounds, behind those that have not run.
 */
export function estimateWaits(running: readonly Work[], waiting: readonly Work[], slots: number): number[] {
  const ends = endsOf(running);
  const idle = Array<number>(Math.max(0, Math.max(1, slots) - ends.length)).fill(0);
  /** When each slot is free, without the seconds of whole rounds, which all of them have. */
  const freeAt = new MinHeap([...ends, ...idle]);
  let roundsS = 0;
  let round = waiting[0]?.round ?? 0;
  const furtherTurns = createFurtherTurns();
  for (const work of running) furtherTurns.add(work, work.round < round ? 0 : 1);
  return waiting.map((work) => {
    if (work.round > round) {
      round = work.round;
      roundsS += furtherTurns.endRound() / freeAt.size;
    }
    const startS = freeAt.least;
    freeAt.replaceLeast(startS + Math.min(work.leftS, work.turnS));
    furtherTurns.add(work, 1);
    return startS + roundsS;
  });
}

/** When each slot that has jobs is free. */
function endsOf(running: readonly Work[]): number[] {
  const ends: number[] = [];
  const shared = new Map<number, number>();
  for (const { leftS, turnS, sharedSlot } of running) {
    const seconds = Math.max(0, Math.min(leftS, turnS));
    if (sharedSlot === undefined) ends.push(seconds);
    else shared.set(sharedSlot, (shared.get(sharedSlot) ?? 0) + seconds);
  }
  return [...ends, ...shared.values()];
}

/** Beyond so many rounds nobody needs an exact wait, and a long training costs no more to estimate. */
const MOST_TURNS = 100;

/** Seconds that the further turns of the jobs so far take, in this round and each later one. */
function createFurtherTurns() {
  const secondsIn: number[] = [];
  return {
    /** `from`: in how many rounds its next turn is. */
    add({ leftS, turnS }: Work, from: number) {
      let restS = leftS - turnS;
      for (let turn = from; restS > 0 && turn < MOST_TURNS; turn += 1) {
        secondsIn[turn] = (secondsIn[turn] ?? 0) + Math.min(restS, turnS);
        restS -= turnS;
      }
    },
    endRound: () => secondsIn.shift() ?? 0,
  };
}
