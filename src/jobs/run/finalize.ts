import type { EventBus } from '../../events/event-bus.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { removeTree } from '../../files/tree.ts';
import type { Job } from '../domain/job.ts';
import type { JobRegistry } from '../job-registry.ts';
import { ALWAYS_OWNED, type JobOwnership } from './ownership.ts';
import { end, announced, type Ending } from '../domain/transition.ts';

export interface FinalizeOptions {
  readonly registry: JobRegistry;
  readonly bus: Pick<EventBus, 'notifyJob'>;
  readonly store: Pick<ProjectStore, 'paths'>;
  report(error: unknown, job: Job): void;
  readonly ownership?: Pick<JobOwnership, 'isHeld'>;
}

export type Finalize = (job: Job, ending: Ending) => Promise<Job>;

/** The end of every job: the state to disk, then the last event to the log and the listeners. Never rejects: its slot must be free again. */
export function createFinalize({ registry, bus, store, report, ownership = ALWAYS_OWNED }: FinalizeOptions): Finalize {
  const saveSomehow = async (job: Job) => {
    try {
      await registry.save(job);
    } catch (error) {
      report(error, job);
      await makeRoom(job);
      await registry.save(job).catch(() => registry.keepInMemory(job));
    }
  };

  /** On a full disk the job's own files are the first that nobody needs any more. */
  const makeRoom = async (job: Job) => {
    const { checkpoints, output } = store.paths(job.ref).jobPaths(job.id, job.fence);
    await Promise.all([removeTree(checkpoints), removeTree(output)]).catch((error: unknown) => report(error, job));
  };

  const announce = (job: Job, ending: Ending) => {
    const log = registry.log(job.id);
    log.append(ending.event);
    try {
      log.flush();
    } catch (error) {
      report(error, job);
      bus.notifyJob(job.id, ending.event);
    }
    log.finish();
  };

  return async (job, ending) => {
    // Whoever has it now ends it.
    if (!ownership.isHeld(job.id)) return job;
    const ended = end(job, ending, Date.now() / 1000);
    await saveSomehow(ended);
    try {
      announce(job, ending);
    } catch (error) {
      report(error, job);
    }
    const done = announced(ended);
    await saveSomehow(done);
    return done;
  };
}
