import { lstatSync } from 'node:fs';
import { readFile, readlink, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ifThere } from '../files/if-there.ts';
import { replaceFile } from '../files/replace-file.ts';
import { isTaken } from '../system-errors.ts';
import type { Job } from '../jobs/domain/job.ts';
import type { Ending } from '../jobs/domain/transition.ts';
import type { JobOwnership } from '../jobs/run/ownership.ts';
import type { StopCause } from '../jobs/run/attempts.ts';
import type { ProjectStore } from '../projects/store.ts';

// Who has a job, by files in its folder that one process alone can make: `.claim-3` is the third process that took it, and
// from then on no earlier one may write. `.decided` names the one whose output counts. `.cancel.json` says that it is to end.

/** What was decided of a job whose process did not get to say it. */
export interface Decided {
  readonly fence: number;
  readonly ending: Ending;
  /** The name of the folder that is to become output/, in that of the job. */
  readonly made: string;
}

export interface Claims extends JobOwnership {
  /** Take a job that waits; undefined: another process has. `isLeft`: whoever had it has lost it, and is shut out. */
  claim(job: Job, isLeft?: boolean): Promise<number | undefined>;
  /** This process has taken it, and no other since. */
  has(jobId: string): boolean;
  /** It is done with it. */
  release(jobId: string): void;
  decided(job: Job): Promise<Decided | undefined>;
  /** Say that a job is to end. The first cause stays. */
  cancel(job: Job, cause: StopCause): Promise<void>;
  cancelled(job: Job): Promise<StopCause | undefined>;
}

export function createClaims(paths: ProjectStore['paths'], node: string): Claims {
  const held = new Map<string, string>();
  const lost = new Set<string>();
  const isHeld = (jobId: string) => {
    if (lost.has(jobId)) return false;
    const next = held.get(jobId);
    if (next === undefined || lstatSync(next, { throwIfNoEntry: false }) === undefined) return true;
    lost.add(jobId);
    return false;
  };
  const rootOf = (job: Job) => paths(job.ref).jobPaths(job.id).root;
  const claimOf = (job: Job, fence: number) => join(rootOf(job), `.claim-${fence}`);

  return {
    isHeld,
    has: (jobId) => held.has(jobId) && isHeld(jobId),
    async claim(job, isLeft = false) {
      for (let fence = (job.fence ?? 0) + 1; ; fence += 1) {
        if (await make(claimOf(job, fence), node)) {
          held.set(job.id, claimOf(job, fence + 1));
          lost.delete(job.id);
          return fence;
        }
        if (!isLeft) return undefined;
      }
    },
    release(jobId) {
      // what is still on its way to the disk must not get there, so a lost job stays lost
      if (isHeld(jobId)) held.delete(jobId);
    },
    async decide(job, ending, made) {
      const { fence = 0 } = job;
      const root = rootOf(job);
      await replaceFile(join(root, `.ending-${fence}.json`), JSON.stringify({ fence, ending, made: basename(made) }));
      if (await make(join(root, '.decided'), String(fence))) return true;
      return (await readlink(join(root, '.decided'))) === String(fence);
    },
    async decided(job) {
      const fence = await ifThere(readlink(join(rootOf(job), '.decided')), undefined);
      const text = fence && (await ifThere(readFile(join(rootOf(job), `.ending-${fence}.json`), 'utf8'), undefined));
      return text ? (JSON.parse(text) as Decided) : undefined;
    },
    async cancel(job, cause) {
      const path = join(rootOf(job), '.cancel.json');
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) await replaceFile(path, JSON.stringify(cause));
    },
    async cancelled(job) {
      const text = await ifThere(readFile(join(rootOf(job), '.cancel.json'), 'utf8'), undefined);
      return text === undefined ? undefined : (JSON.parse(text) as StopCause);
    },
  };
}

/** False: it is there already. */
async function make(path: string, text: string): Promise<boolean> {
  try {
    await symlink(text, path);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}
