/** Limits of jobs that nobody needs to set, but tests do. */
export interface JobTuning {
  /** A child that says nothing for so long, not even its heartbeat of every 10 s, hangs. */
  readonly silenceMs: number;
  /** After its last word a child gets so long to exit. */
  readonly exitGraceMs: number;
  readonly warmIdleMs: number;
  /** A process with torch imported takes about 300 MB, a small training as much again. */
  readonly warmMinFreeBytes: number;
  /** A job during which the server died so often is not tried again: it may be what kills it. */
  readonly maxAttempts: number;
  /** Jobs of one client that may wait: a class behind one address with a few each passes, a program that floods does not. */
  readonly maxWaiting: number;
  /** Finished jobs of a project whose logs stay. */
  readonly keptJobs: number;
  readonly maxStderrBytes: number;
  /** A converted model is compared on more photos when nothing was to do for so long. */
  readonly agreementAfterMs: number;
  /** Where there was no memory for it, it is tried again after so long. */
  readonly agreementAgainMs: number;
  /** 500 photos take 300 MB as the network is fed, the process as much again. */
  readonly agreementMinFreeBytes: number;
  /** Proxies close a connection that is silent for 15 s or longer, so an answer that takes long sends white space this often. */
  readonly keepAliveMs: number;
}

export const TUNING: JobTuning = {
  silenceMs: 120_000,
  exitGraceMs: 15_000,
  warmIdleMs: 3_600_000,
  warmMinFreeBytes: 700_000_000,
  maxAttempts: 10,
  maxWaiting: 200,
  keptJobs: 20,
  maxStderrBytes: 1_000_000,
  agreementAfterMs: 5_000,
  agreementAgainMs: 60_000,
  agreementMinFreeBytes: 1_500_000_000,
  keepAliveMs: 10_000,
};
