// How long the server waits, for what, and how often it looks. Everything here is a duration; the unit is the end of its
// name. What a time decides is explained beside it, and nowhere else in src is a duration
// written as a number, but in src/cluster/times.ts.

/** Between the server and whoever asks. */
export const HTTP_TIMES = {
  /** Headers are small: anyone slower is doing it deliberately. */
  headersMs: 15_000,
  /** For a whole request: 200 MB arrive at 60 kB a second. */
  requestMs: 3_600_000,
  /** A body may be slow, but it must not stand still for this long. */
  bodyIdleMs: 60_000,
  /** How often Node looks for connections that are over these limits. */
  checkEveryMs: 5_000,
  /** Longer than browsers keep an idle connection, so that none meets one that is being closed. */
  keepAliveMs: 72_000,
  /** A reader that takes none of the bytes waiting for it is cut off: it holds memory, and a file that is being sent. */
  stalledMs: 30_000,
  /** The window in which requests of a client are counted. */
  rateWindowMs: 1_000,
  /** A page that is refused may ask a thousand times: one line in the log for each page in this time. */
  refusalLoggedAgainMs: 60_000,
} as const;

/** When too much is going on. */
export const PRESSURE_TIMES = {
  /** How late the event loop may be on average. Beyond it even /ping is late, so what can be asked again is refused. */
  maxLagMs: 1_000,
  /** The window of this average. */
  windowMs: 1_000,
  /** How long a refused client is asked to wait. */
  retryAfterS: 5,
  /** Long work without a pause keeps others waiting for at most this long. */
  turnMs: 4,
} as const;

/** For addresses that send wrong keys. */
export interface KeyTimes {
  /** After this time without a wrong key an address starts anew. */
  readonly forgivenMs: number;
  /** Attempts that wait are answered one in this time, the right ones too: else the speed would say which was right. */
  readonly turnMs: number;
  /** An attempt that would wait longer is refused. */
  readonly longestWaitMs: number;
}

export const KEY_TIMES: KeyTimes = { forgivenMs: 60_000, turnMs: 1_000, longestWaitMs: 5_000 };

/** Between two operations on files, at most: a file waits no longer for a thread that was not woken. */
export const WAKE_THREADS_MS = 5_000;

/** For event streams and the logs behind them. */
export const STREAM_TIMES = {
  /** What a browser waits before it connects again. */
  retryMs: 2_000,
  /** Proxies close a quiet stream, so a comment goes out this often. */
  keepAliveMs: 15_000,
  /** Events within this window are written and sent together. */
  batchMs: 15,
  /** How long streams may take to end during shutdown. */
  endGraceMs: 500,
  /** Between two looks whether they have. */
  lookAgainMs: 10,
  /** After a reload a pupil still wants to know why a job failed; after this time nobody does. */
  failureRepeatedS: 600,
  /** At most between the time at which a job has ended, as its record says, and the stamp of its last event. */
  lastEventS: 60,
} as const;

/** For the wall of a class. */
export const CLASS_TIMES = {
  /** What happens within this time is read and sent together: the eye sees no more than four changes a second. */
  gatherMs: 250,
  /** A class that nobody looks at is followed for this long: a reader who comes back is sent only what has changed. */
  forgetMs: 60_000,
} as const;

/** For the names that pupils take. */
export const PEOPLE_TIMES = {
  /** A school day: tomorrow somebody else may have this address. */
  rememberedMs: 12 * 3_600_000,
} as const;

/** For jobs. Tests shorten most of them (jobs/tuning.ts). */
export const JOB_TIMES = {
  /** A child that prints nothing for this long, not even its heartbeat of every 10 s, hangs. */
  silenceMs: 120_000,
  /** How long a child may take to exit after its last event. */
  exitGraceMs: 15_000,
  /** While others wait a training trains at least this long before it leaves its turn. */
  leastSliceS: 30,
  /** A turn that could not end because the disk is full is looked at again after this time. */
  roomAgainMs: 10_000,
  /** A child that waits for a job is ended after this time without one. */
  warmIdleMs: 3_600_000,
  /** The process that gives first answers is ended after this time without a training that waits. */
  firstAnswerIdleMs: 600_000,
  /** How often it is looked whether waiting children still have memory and time. */
  warmCheckMs: 15_000,
  /** Where children are not forked, the next one starts after this time of a job, so that its imports do not delay the job's first answer. */
  aheadMs: 10_000,
  /** A converted model is compared with the board on more photos after this time without a job. */
  agreementAfterMs: 5_000,
  /** Where there was no memory for the comparison, it is tried again after this time. */
  agreementAgainMs: 60_000,
  /** A comparison that takes longer is ended. */
  agreementDeadlineMs: 1_800_000,
  /** Proxies close a connection that is silent for 15 s or longer, so a slow answer sends white space this often. */
  answerKeepAliveMs: 10_000,
  /** Changes of position within this time are announced together: else a class that presses Train at once gets one each. */
  positionNoticeMs: 100,
} as const;

/** For Python processes. */
export const CHILD_TIMES = {
  /** Between TERM and KILL. With the next one below the 2 s within which a cancel must be answered. */
  termGraceMs: 800,
  /** How long a killed process may take to be gone. */
  killGraceMs: 1_000,
  /** How long workers may outlive the process that started them before they are killed. */
  stragglerMs: 500,
  /** How long a start waits for killed processes of an earlier server. */
  leftoverMs: 2_000,
  /** Between two looks whether processes are gone. */
  lookAgainMs: 10,
  /** How long a process that has imported everything may take to fork a child … */
  forkMs: 10_000,
  /** … and one that still imports. */
  importMs: 120_000,
  /** How long it may take to report that a child has ended. */
  reportMs: 3_000,
  /** A connection to the socket of forked children must say within this time which child it is of. */
  greetingMs: 5_000,
  /** Linux takes one change of a session's niceness in 100 ms from ordinary users. */
  nicenessRetryMs: 120,
  /** How often it is measured how late the event loop is. */
  lagTickMs: 20,
  /** From here on the event loop counts as late, and with it every answer. */
  lateMs: 20,
  /** For this long after a late moment jobs keep their low priority. */
  calmMs: 3_000,
} as const;

/** For the process that answers for single photos and sounds. */
export const INFERENCE_TIMES = {
  /** From sending a request to its answer. */
  deadlineMs: 30_000,
  /** The first request of a process also waits for its imports. */
  startMs: 90_000,
  /** The process is ended after this time without a request. */
  idleMs: 900_000,
} as const;

/** For the lock of the projects folder. */
export interface LockTimes {
  /** The owner looks at its lock, and touches it, this often. */
  readonly touchMs: number;
  /** An owner in another container cannot be looked up by its process id: after this time without a touch it is gone. */
  readonly silentMs: number;
  /** Between two looks at the lock of an owner that may be gone. */
  readonly lookAgainMs: number;
}

export const LOCK_TIMES: LockTimes = { touchMs: 3_000, silentMs: 12_000, lookAgainMs: 500 };

/** For projects that nobody uses. */
export const KEEP_TIMES = {
  /** How often it is looked which are to go. */
  lookMs: 3_600_000,
  /** The use of a project is counted in days: it is written no more often than this. */
  noteAgainMs: 12 * 3_600_000,
} as const;

/** For the room that a classroom takes. */
export const QUOTA_TIMES = {
  /** A project that nobody said has changed (a checkpoint, a log) is measured again after this time: thousands of files take a second. */
  measureAgainMs: 600_000,
} as const;

/** For a backup that reads projects while the server works on them. */
export interface BackupTimes {
  /** The pause after the first reading of a project that changes; each further one is so much longer, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const BACKUP_TIMES: BackupTimes = { firstPauseMs: 25, longestPauseMs: 1_000 };

/** For whoever asks whether the server is well. */
export const HEALTH_TIMES = {
  /** A disk that takes longer for one byte does not take an upload. Below the time that those who ask usually wait. */
  diskMs: 2_000,
  /** The same for Redis, of a server in a cluster. */
  redisMs: 2_000,
  /** Looks within this time share an answer. */
  sharedMs: 1_000,
} as const;

/** For the end of the server, and for https beside it. */
export const SERVER_TIMES = {
  /** How long in-flight responses may take during shutdown. */
  closeGraceMs: 2_000,
  /** A stop that takes longer is ended the hard way; the next start picks up what was active. */
  stopLimitMs: 9_500,
  /** The same signal within this time is one: npm passes on the Ctrl-C that the terminal has sent already. */
  oneSignalMs: 500,
  /** How often it is looked whether the certificate of https still names every address. */
  certificateCheckMs: 60_000,
} as const;
