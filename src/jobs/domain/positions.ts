import { refKey } from '../../projects/project.ts';
import { estimateWaits, type Durations } from './estimate.ts';
import type { Job } from './job.ts';
import { mayHaveThread } from './next-start.ts';
import type { JobTimes } from './job-times.ts';
import type { Progress } from './progress.ts';

/** Where a waiting job stands. */
export interface Position {
  /** 1 is next. */
  readonly position: number;
  /** Seconds until it starts, estimated. */
  readonly etaS: number;
}

/** Up to this position clients are notified of every change, further back only of changes by a tenth: each costs a write. */
const EXACT_UP_TO = 100;
const RELATIVE_CHANGE = 0.1;

/** Whether a client that knows one position is notified of a new one. */
export function isWorthNotifying(known: number | undefined, position: number): boolean {
  if (known === undefined || (position <= EXACT_UP_TO && known !== position)) return true;
  return Math.abs(position - known) > RELATIVE_CHANGE * known;
}

/** A job in its turn. */
export interface RunningJob {
  readonly job: Job;
  /** Seconds it has run. */
  readonly ranS: number;
  /** Seconds until it ends by itself, where it has said so. */
  readonly remainingS: number | undefined;
  /** Seconds of its turn that are left; Infinity: it has no turns. */
  readonly turnS: number;
  /** The slot of which it has one thread. */
  readonly sharedSlot?: number;
}

export function runningJob(
  {
    job,
    progress,
    slot,
  }: { readonly job: Job; readonly progress: Progress; readonly slot?: { readonly index: number } },
  { sliceNow }: Pick<JobTimes, 'sliceNow'>,
): RunningJob {
  return {
    job,
    ranS: progress.ranS(),
    remainingS: progress.remainingS(),
    turnS: Math.max(0, sliceNow({ job, progress }) - (progress.trainedS() ?? 0)),
    ...(job.oneThread && slot ? { sharedSlot: slot.index } : {}),
  };
}

/** Positions and estimated waits of the waiting jobs, next first. `sharing`: how many trainings with one thread share a slot. */
export function positionsOf(
  waiting: readonly Job[],
  running: readonly RunningJob[],
  slots: number,
  { durations, sliceOf }: Pick<JobTimes, 'durations' | 'sliceOf'>,
  sharing = 1,
): Map<string, Position> {
  const remaining = running.map(
    ({ job, ranS, remainingS }) => remainingS ?? Math.max(0, needsS(job, durations) - ranS),
  );
  const sharers = countSharers(running);
  const share = whoShares(waiting, running, sharing);
  const waits = estimateWaits(
    running.map(({ job, turnS, sharedSlot }, index) => {
      const work = { leftS: remaining[index] ?? 0, turnS, round: job.place.round };
      if (sharedSlot === undefined) return work;
      // while a job waits for the whole slot, they may be fewer than have room
      return { ...work, sharedSlot, sharing: sharers.get(sharedSlot) ?? 1 };
    }),
    waiting.map((job, index) => {
      const work = { leftS: needsS(job, durations), turnS: sliceOf(job), round: job.place.round };
      return share[index] ? { ...work, sharing } : work;
    }),
    slots,
    sharing,
  );
  // A job of a project that is being worked on waits for that, even where a slot is free.
  const ofProject = new Map(running.map(({ job }, index) => [refKey(job.ref), remaining[index] ?? 0]));
  return new Map(
    waiting.map((job, index) => [
      job.id,
      { position: index + 1, etaS: Math.round(Math.max(waits[index] ?? 0, ofProject.get(refKey(job.ref)) ?? 0)) },
    ]),
  );
}

/** By slot that is shared, how many share it now. */
function countSharers(running: readonly RunningJob[]): ReadonlyMap<number, number> {
  const sharers = new Map<number, number>();
  for (const { sharedSlot } of running)
    if (sharedSlot !== undefined) sharers.set(sharedSlot, (sharers.get(sharedSlot) ?? 0) + 1);
  return sharers;
}

/**
 * Which of the waiting jobs will have one thread of a slot, as `nextStart` has it: where so many of them wait in a row that
 * the slot is filled, and those right behind others that share it.
 */
function whoShares(waiting: readonly Job[], running: readonly RunningJob[], sharing: number): readonly boolean[] {
  const inRow: number[] = [];
  for (const [index, job] of [...waiting.entries()].reverse())
    inRow[index] = mayHaveThread(job) ? (inRow[index + 1] ?? 0) + 1 : 0;
  let isBeside = running.some(({ sharedSlot }) => sharedSlot !== undefined);
  return waiting.map((job, index) => {
    const mayShare = sharing > 1 && mayHaveThread(job);
    isBeside = mayShare && (isBeside || job.oneThread === true || (inRow[index] ?? 0) >= sharing);
    return isBeside;
  });
}

/** Seconds that a job needs from its next start on. */
function needsS({ kind, yielded }: Job, durations: Durations<Job['kind']>): number {
  return yielded?.remainingS ?? durations.of(kind);
}
