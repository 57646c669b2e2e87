import { isEarly } from './domain/job.ts';
import type { Lanes } from './domain/lanes.ts';
import { countStarts, nextStart, type StartOptions } from './domain/next-start.ts';
import { mostSharing } from './domain/slots.ts';
import type { Run } from './run/run.ts';
import type { Part, Runner, RunnerOptions } from './runner.ts';

// Starts the jobs of the queue for which there is room.

export interface StartJobsOptions extends Pick<RunnerOptions, 'slots' | 'registry'> {
  /** Whether there is memory for one more training beside others. */
  hasMemory(): boolean;
}

export interface StartJobs {
  /** Start what can start. `onFree` is called whenever one of them has left its slot. */
  fill(onFree: () => void): void;
  /** How many jobs wait that could start. */
  waiting(): number;
}

export function createStartJobs(
  { slots, registry, hasMemory }: StartJobsOptions,
  lanes: Lanes,
  runner: Pick<Runner, 'free' | 'begin' | 'running'>,
  mayStart: (jobId: string) => boolean,
): StartJobs {
  const options: StartOptions = {
    ...{ queue: lanes.main, mayStart, jobOf: registry.get, free: runner.free, hasMemory },
    sharing: mostSharing(slots),
  };
  return {
    fill(onFree) {
      const begin = (jobId: string, part: Part) => {
        const job = registry.get(jobId);
        if (job) void runner.begin(job, part)?.then(onFree);
      };
      for (let start = nextStart(options); start !== undefined; start = nextStart(options)) {
        const { id, want } = start;
        lanes.main.take((waiting) => waiting === id);
        begin(id, want === 'thread' ? 'thread' : 'whole');
      }
      while (runner.free.has('beside')) {
        const item = lanes.beside.take(mayStart);
        if (!item) break;
        begin(item.id, partBeside(runner.running()));
      }
    },
    waiting: () => countStarts(options, slots.length, runner.running().length),
  };
}

/** What the next conversion of a model so far has of the processor: half of it while another one runs. */
export function partBeside(running: readonly Pick<Run, 'job'>[]): Part {
  return running.some(({ job }) => isEarly(job)) ? 'half' : 'whole';
}

/** How many slots these jobs have, without those beside the others. One that several share counts once. */
export function slotsTaken(running: readonly Pick<Run, 'job' | 'slot'>[]): number {
  return new Set(running.filter(({ job }) => !isEarly(job)).map(({ slot }) => slot.index)).size;
}
