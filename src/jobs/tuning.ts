import { STARTING, type Starting } from '../child/starter.ts';
import { JOB_TIMES } from '../time-limits.ts';
import type { SliceRule } from './domain/turns.ts';

/** Limits of jobs that nobody needs to set, but tests do. What each time decides: JOB_TIMES in time-limits.ts. */
export interface JobTuning {
  readonly silenceMs: number;
  readonly exitGraceMs: number;
  readonly warmIdleMs: number;
  /** A process with torch imported takes about 300 MB, a small training as much again. */
  readonly warmMinFreeBytes: number;
  readonly starting: Starting;
  /** A job during which the server died so often is not tried again: it may be what kills it. */
  readonly maxAttempts: number;
  readonly slices: SliceRule;
  /** A training that waits for its next turn keeps its checkpoints: with less room on the disk it stays in its turn. */
  readonly yieldMinFreeBytes: number;
  /** Jobs of one client that may wait: a class behind one address with a few each passes, a program that floods does not. */
  readonly maxWaiting: number;
  /** Finished jobs of a project whose logs stay. */
  readonly keptJobs: number;
  /** Earlier models of a project that stay, to return to. */
  readonly keptModels: number;
  /** A converted model takes up to 250 MB: with less room on the disk no earlier one stays. */
  readonly modelMinFreeBytes: number;
  readonly firstAnswerIdleMs: number;
  /** The process that gives first answers takes 500 MB and 0.7 GB more for 1,000 photos. */
  readonly firstAnswerMinFreeBytes: number;
  readonly maxStderrBytes: number;
  readonly agreementAfterMs: number;
  readonly agreementAgainMs: number;
  /** 500 photos take 300 MB as the network is fed, the process as much again. */
  readonly agreementMinFreeBytes: number;
  readonly keepAliveMs: number;
}

export const TUNING: JobTuning = {
  silenceMs: JOB_TIMES.silenceMs,
  exitGraceMs: JOB_TIMES.exitGraceMs,
  warmIdleMs: JOB_TIMES.warmIdleMs,
  warmMinFreeBytes: 700_000_000,
  starting: STARTING,
  maxAttempts: 10,
  slices: { leastS: JOB_TIMES.leastSliceS, costs: 20 },
  yieldMinFreeBytes: 2_000_000_000,
  maxWaiting: 200,
  keptJobs: 20,
  keptModels: 3,
  modelMinFreeBytes: 5_000_000_000,
  firstAnswerIdleMs: JOB_TIMES.firstAnswerIdleMs,
  firstAnswerMinFreeBytes: 1_500_000_000,
  maxStderrBytes: 1_000_000,
  agreementAfterMs: JOB_TIMES.agreementAfterMs,
  agreementAgainMs: JOB_TIMES.agreementAgainMs,
  agreementMinFreeBytes: 1_500_000_000,
  keepAliveMs: JOB_TIMES.answerKeepAliveMs,
};
