// Every duration of a cluster, as src/time-limits.ts has the others.

/** For several processes that share the projects through Redis. */
export interface ClusterTimes {
  /** How long Redis may take for an answer … */
  readonly connectMs: number;
  /** … and what is waited between two attempts to reach it. */
  readonly retryStepMs: number;
  readonly retryMs: number;
  /** How long one look at the stream of messages waits for some. */
  readonly readMs: number;
  /** A process says this often that it is there … */
  readonly tickMs: number;
  /** … and who says nothing for so long is not waited for. */
  readonly silentMs: number;
  /** How often the clock of Redis is compared with that of this computer. */
  readonly clockMs: number;
  /** A lock of a project ends by itself after this time without its holder. */
  readonly leaseMs: number;
  /** How long somebody waits for it, and how often it is tried. */
  readonly lockWaitMs: number;
  readonly lockAgainMs: number;
  readonly lockAgainLongMs: number;
  /** A process that does not renew its lock of a job for so long has lost the job. */
  readonly lockMs: number;
  readonly renewMs: number;
  /** How often it is looked for jobs whose lock is gone. */
  readonly stalledMs: number;
  /** How often it is looked whether a job that runs is to end. */
  readonly cancelLookMs: number;
  /** How long somebody waits for the end of a job in another process, and how often it looks. */
  readonly stopWaitMs: number;
  readonly lookAgainMs: number;
  /** How often a free slot asks for a job where no message says that there is one. */
  readonly takeMs: number;
  /** A connection that gives nothing for so long, although jobs wait, is made anew. */
  readonly takeSilenceMs: number;
  /** How often it is looked whether everything that should be in Redis is there. */
  readonly reconcileMs: number;
  /** A new job that could start, and that whoever accepted it has not put into the queue in this time, is put there by others. */
  readonly overdueMs: number;
  /** A training of another process that has trained so long beyond its slice is not expected to leave its turn. */
  readonly yieldWaitMs: number;
  /** How long it is known how often a training was answered for. */
  readonly triesMs: number;
  /** Changes within this time are dealt with together. */
  readonly gatherMs: number;
  /** The same fault is logged again after this time. */
  readonly saidAgainMs: number;
}

export const CLUSTER_TIMES: ClusterTimes = {
  connectMs: 5_000,
  retryStepMs: 50,
  retryMs: 1_000,
  readMs: 1_000,
  tickMs: 1_000,
  silentMs: 3_500,
  clockMs: 60_000,
  leaseMs: 10_000,
  lockWaitMs: 30_000,
  lockAgainMs: 5,
  lockAgainLongMs: 80,
  lockMs: 10_000,
  renewMs: 3_000,
  stalledMs: 3_000,
  cancelLookMs: 1_000,
  stopWaitMs: 60_000,
  lookAgainMs: 100,
  takeMs: 500,
  takeSilenceMs: 10_000,
  reconcileMs: 5_000,
  overdueMs: 5_000,
  yieldWaitMs: 120_000,
  triesMs: 86_400_000,
  gatherMs: 20,
  saidAgainMs: 60_000,
};

/** For what web servers know of their clients together. */
export interface ClientTimes {
  /** How long somebody who asks a web server waits for Redis at most … */
  readonly answerMs: number;
  /** … and how long it is not asked after that. */
  readonly askAgainMs: number;
  /** What an address has opened with a key is known to the other web servers for so long. */
  readonly openedMs: number;
  /** A name that an address says with every request is said to the others this often. */
  readonly nameAgainMs: number;
  /** Places of clients at a web server that says nothing for so long are free … */
  readonly placeMs: number;
  /** … and it says them this often. */
  readonly sayAgainMs: number;
}

export const CLIENT_TIMES: ClientTimes = {
  answerMs: 1_000,
  askAgainMs: 5_000,
  openedMs: 12 * 3_600_000,
  nameAgainMs: 600_000,
  placeMs: 10_000,
  sayAgainMs: 3_000,
};

/** For web servers and the hosts that have no projects folder. `lockMs` of above is how long they may be cut off. */
export const REMOTE_TIMES = {
  /** A signed request counts for so long; clocks may differ by as much. */
  signatureMs: 30_000,
  /** How long an answer waits for an order where there is none. */
  pollMs: 1_000,
  /** How long a request without a file may take beyond that … */
  requestMs: 3_000,
  /** … and how long one with a file may stand still. */
  idleMs: 10_000,
  /** The web server reads all inputs before it answers with their list … */
  manifestMs: 120_000,
  /** … and syncs a folder before it says that it has it. */
  putMs: 30_000,
  /** What is waited between two attempts … */
  retryMs: 200,
  /** … and between two looks for a web server that takes the slot. */
  offerAgainMs: 1_000,
  /** A child that does not say in this time that it was killed is counted as gone: the run is shut out. */
  killMs: 700,
  /** How often a checkpoint is looked for. */
  checkpointMs: 1_000,
  /** What a host has fetched is deleted when nobody used it for so long … */
  cachedMs: 24 * 3_600_000,
  /** … which it looks for this often. */
  cacheLookMs: 600_000,
  /** A web server says this often where it is … */
  announceMs: 3_000,
  /** … and it counts for so long. */
  announcedMs: 10_000,
} as const;

/** For an object store through which photos get from web servers to such hosts. */
export const STORE_TIMES = {
  /** How long it may take for an answer: less than a host waits for a photo. Then the web server sends the photo itself … */
  answerMs: 4_000,
  /** … and so the next ones, until the store is tried again after this time. */
  againMs: 30_000,
  /** A host that does not reach the store asks the web server alone for so long. */
  hostAgainMs: 60_000,
  /** An address that gives a photo to whoever has it works for so long. */
  addressMs: 300_000,
  /** What lies in the store is deleted before it is so old … */
  storedMs: 24 * 3_600_000,
  /** … which is looked for this often. */
  lookMs: 3_600_000,
} as const;
