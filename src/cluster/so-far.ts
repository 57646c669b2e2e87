import { setTimeout as pause } from 'node:timers/promises';
import { isOpen, type Job } from '../jobs/domain/job.ts';
import { isModelSoFar } from '../jobs/domain/next-turn.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import type { Claims } from './claims.ts';
import type { Leases } from './leases.ts';
import type { Records } from './records.ts';
import type { Replica } from './replica.ts';
import type { ShutOut } from './take-up.ts';
import type { Taken } from './taker.ts';
import type { ClusterTimes } from './times.ts';

// Conversions of the model so far of trainings that wait or run (docs/queue.md). They are not in the queue for the slots:
// each worker knows all of them, and takes one by a lease. One counts as running for as long as its lease is renewed,
// whatever its record says: so a process that died with it keeps neither the conversion nor its training waiting.

export interface SoFarOptions {
  readonly leases: Leases;
  readonly registry: Pick<JobRegistry, 'openOf'>;
  readonly records: Pick<Records, 'readProject' | 'readJob'>;
  readonly replica: Pick<Replica, 'soFar'>;
  readonly claims: Pick<Claims, 'has'>;
  readonly times: Pick<ClusterTimes, 'lookAgainMs' | 'cancelLookMs'>;
  readonly shutOut: ShutOut;
  onError(error: unknown): void;
}

export interface SoFar {
  /** Take the next one that nobody has. Never rejects. */
  take(): Promise<Taken | undefined>;
  /** How many could be taken. */
  waiting(): number;
  /** Nobody else takes it now: this process is about to end it. False: another one has it. */
  hold(jobId: string): Promise<boolean>;
  /** Whoever had it is gone: it waits again, or ends where it was to end. Nothing happens while somebody has it. */
  endIfLeft(job: Job): Promise<boolean>;
  /** Resolves when none of the model of this training runs, and none can begin; its record says that it is finishing. */
  whenNone(training: Job): Promise<void>;
}

export function createSoFar(options: SoFarOptions): SoFar {
  const { leases, registry, records, replica, claims, times, shutOut, onError } = options;
  /** Until when another process is taken to have one. */
  const passed = new Map<string, number>();
  const isPassed = ({ id }: Job) => (passed.get(id) ?? 0) > performance.now();

  const endIfLeft = async ({ id, ref }: Job) => {
    if (!(await leases.take(id))) return false;
    try {
      await shutOut({ ref, jobId: id });
    } finally {
      await leases.release(id);
    }
    return true;
  };

  /** True: none is left. */
  const endThoseLeft = async (training: Job) => {
    await records.readProject(training.ref);
    const open = registry.openOf(training.ref).filter((job) => isModelSoFar(job, training));
    const ended = await Promise.all(open.map(endIfLeft));
    return ended.every(Boolean);
  };

  return {
    async take() {
      const open = replica.soFar();
      if (open.length === 0) passed.clear();
      for (const job of open.filter((one) => !isPassed(one))) {
        passed.set(job.id, performance.now() + times.cancelLookMs);
        const isTaken = await leases.take(job.id).catch((error: unknown) => void onError(error));
        if (isTaken) return takenBy(leases, job);
      }
      return undefined;
    },
    waiting: () => replica.soFar().filter(({ state }) => state === 'waiting').length,
    hold: (jobId) => leases.take(jobId),
    endIfLeft,
    async whenNone(training) {
      // where it was stopped, or is another's now, nobody waits any more
      while (claims.has(training.id) && isOpenNow(registry, training)) {
        const isNone = await endThoseLeft(training).catch((error: unknown) => void onError(error));
        if (isNone) return;
        await pause(times.lookAgainMs);
      }
    },
  };
}

function isOpenNow(registry: Pick<JobRegistry, 'openOf'>, { ref, id }: Job): boolean {
  return registry.openOf(ref).some((job) => job.id === id && isOpen(job));
}

function takenBy(leases: Leases, { id, ref }: Job): Taken {
  return {
    jobId: id,
    ref,
    renew: () => leases.renew(id),
    done: () => leases.release(id).catch(() => undefined),
  };
}
