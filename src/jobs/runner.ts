import type { WarmPool } from '../child/warm-pool.ts';
import { type ProjectRef, refKey } from '../projects/project.ts';
import { isResumed, type Job } from './domain/job.ts';
import { failedEnding } from './domain/outcome.ts';
import { reasonOf } from './domain/reasons.ts';
import { createFreeSlots, type FreeSlots, type Want } from './domain/free-slots.ts';
import { halfOf, type Slot } from './domain/slots.ts';
import { activate } from './domain/transition.ts';
import type { JobRegistry } from './job-registry.ts';
import type { Finalize } from './run/finalize.ts';
import type { StopCause } from './run/attempts.ts';
import { type Run, type RunOptions, startRun } from './run/run.ts';
import { createRunEnds, type Turns } from './run-ends.ts';

// The slots on which jobs run: as many at a time as there are slots.

export interface RunnerOptions {
  readonly slots: readonly Slot[];
  /** For short jobs beside the others, which wait for them in a queue of their own. With none, these take one of the others. */
  readonly slotsBeside: readonly Slot[];
  readonly registry: JobRegistry;
  readonly pool: Pick<WarmPool, 'prepare'>;
  readonly run: RunOptions;
  readonly finalize: Finalize;
  /** Resolves when no other process converts the model so far of this training. Left out: there is no other process. */
  whenAlone?(training: Job): Promise<void>;
  /** A job gets a slot. */
  onStart(job: Job): void;
  /** A job has ended and everybody was notified. */
  onEnded(job: Job): void;
}

/** The slots, and the job that runs on each until its slot is free again. */
export interface Runner {
  readonly free: Pick<FreeSlots, 'has' | 'slots' | 'hasFreeThread'>;
  /**
   * Start a job on a free slot. Resolves when that slot is free again; undefined if the job could not be started.
   * @param part `half` of the processor for a conversion of the model so far while another one runs, or one `thread`
   * of a slot
   */
  begin(job: Job, part?: Part): Promise<void> | undefined;
  get(jobId: string): Run | undefined;
  /** In the order in which they were started. */
  running(): readonly Run[];
  /** The jobs of a project that have a slot. */
  runningOf(ref: ProjectRef): readonly Run[];
  /** Ask a training to leave its turn to others; a process for the next job is made ready meanwhile. */
  askToYield(jobId: string): void;
  /** Resolves when the job has ended in every respect. */
  stop(jobId: string, cause: StopCause): Promise<void>;
  /** `next` is called when the job has ended, before its slot is free; not where the server's stop interrupted it. */
  replace(jobId: string, cause: StopCause, next: () => void): Promise<void>;
  /** A slot of another computer has come, or is gone: the job that it has is interrupted. */
  addSlot(slot: Slot): void;
  removeSlot(slot: Slot): Promise<void>;
  /** Interrupt all. */
  close(): Promise<void>;
}

export type Part = 'whole' | 'half' | 'thread';

interface Entry {
  readonly run: Run;
  /** Its slot is free again. */
  readonly done: Promise<void>;
}

export function createRunner(options: RunnerOptions & Turns): Runner {
  const { slots, slotsBeside, onEnded } = options;
  const { report } = options.run;
  const free = createFreeSlots(slots, slotsBeside);
  const entries = new Map<string, Entry>();
  const successors = new Map<string, () => void>();
  let closed = false;

  const ends = createRunEnds(options, {
    isClosed: () => closed,
    onFinished: (jobId) => successors.get(jobId)?.(),
  });

  /** Whatever goes wrong at the end of a job, its slot is free afterwards. */
  const follow = async (run: Run, slot: Slot) => {
    let waiting: Job | undefined;
    try {
      waiting = await ends.after(run);
    } catch (error) {
      report(error, run.job);
    }
    successors.delete(run.job.id);
    entries.delete(run.job.id);
    free.give(slot);
    if (waiting) options.onYielded(waiting);
  };

  const entriesOf = (ref: ProjectRef) => [...entries.values()].filter(({ run }) => refKey(run.job.ref) === refKey(ref));

  const start = (job: Job, slot: Slot, part: Part): Promise<void> => {
    options.onStart(job);
    const run = startOn(options, job, { slot, part }, () => endOfOthers(entriesOf(job.ref), job.id));
    const done = follow(run, slot);
    entries.set(job.id, { run, done });
    return done;
  };

  return {
    free,
    begin(job, part = 'whole') {
      const slot = free.take(wantOf(job, part, slotsBeside));
      if (slot === undefined) throw new Error(`job ${job.id} was started while no slot was free`);
      try {
        return start(job, slot, part);
      } catch (error) {
        report(error, job);
        free.give(slot);
        const finalized = options.finalize(job, failedEnding(reasonOf('internal')));
        void finalized.then(onEnded, (fault: unknown) => report(fault, job));
        return undefined;
      }
    },
    get: (jobId) => entries.get(jobId)?.run,
    running: () => [...entries.values()].map(({ run }) => run),
    runningOf: (ref) => entriesOf(ref).map(({ run }) => run),
    askToYield: (jobId) => askEntry(entries.get(jobId), options.pool),
    stop: (jobId, cause) => stopEntry(entries.get(jobId), cause),
    async replace(jobId, cause, next) {
      const entry = entries.get(jobId);
      if (!entry) return next();
      successors.set(jobId, next);
      await stopEntry(entry, cause);
    },
    addSlot: free.give,
    async removeSlot(slot) {
      free.drop(slot);
      await interrupt([...entries.values()].filter(({ run }) => run.slot.index === slot.index));
    },
    async close() {
      closed = true;
      await interrupt([...entries.values()]);
    },
  };
}

function wantOf({ early }: Job, part: Part, slotsBeside: readonly Slot[]): Want {
  if (early && slotsBeside.length > 0) return 'beside';
  return part === 'thread' ? 'thread' : 'slot';
}

async function interrupt(entries: readonly Entry[]): Promise<void> {
  await Promise.all(entries.map((entry) => stopEntry(entry, 'interrupted')));
}

async function endOfOthers(entries: readonly Entry[], jobId: string): Promise<void> {
  await Promise.all(entries.filter(({ run }) => run.job.id !== jobId).map(({ done }) => done));
}

function startOn(
  { registry, run, onTurnChanged, whenAlone }: RunnerOptions & Turns,
  job: Job,
  { slot, part }: { readonly slot: Slot; readonly part: Part },
  whenAloneHere: () => Promise<void>,
): Run {
  const active = activate(job, Date.now() / 1000, part === 'thread');
  const log = registry.log(job.id);
  log.keepOpen();
  if (isResumed(active)) {
    log.append({ event: 'notice', ...reasonOf(job.kind === 'train' ? 'resumed' : 'restarted') });
  }
  return startRun(run, active, part === 'half' ? halfOf(slot) : slot, {
    ...{ log, onTurnChanged },
    async whenAlone() {
      await whenAloneHere();
      await whenAlone?.(active);
    },
  });
}

function askEntry(entry: Entry | undefined, pool: Pick<WarmPool, 'prepare'>): void {
  if (!entry) return;
  pool.prepare(entry.run.slot.index);
  entry.run.askToYield();
}

async function stopEntry(entry: Entry | undefined, cause: StopCause): Promise<void> {
  await entry?.run.stop(cause);
  await entry?.done;
}
