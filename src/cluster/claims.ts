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
// from then on no earlier one may write. `.decided` names the one whose output counts; one that takes the job away from a
// process and does not run it decides so too, and from then on `.decided-<n>` names it. `.cancel.json`: it is to end.

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
  /** What earlier processes make of a job counts no more, whatever they still do. False: one of them has decided. */
  annul(job: Job): Promise<boolean>;
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
      await writeEnding(rootOf(job), { fence, ending, made: basename(made) });
      return (await firstToDecide(rootOf(job), fence)) === fence;
    },
    async decided(job) {
      const fence = await firstToDecide(rootOf(job));
      const ending = fence === undefined ? undefined : await readEnding(rootOf(job), fence);
      return ending === undefined || 'annulled' in ending ? undefined : ending;
    },
    async annul(job) {
      const { fence = 0 } = job;
      await writeEnding(rootOf(job), { fence, annulled: true });
      return (await firstToDecide(rootOf(job), fence)) === fence;
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

type StoredEnding = Decided | { readonly fence: number; readonly annulled: true };

function writeEnding(root: string, ending: StoredEnding): Promise<void> {
  return replaceFile(join(root, `.ending-${ending.fence}.json`), JSON.stringify(ending));
}

async function readEnding(root: string, fence: number): Promise<StoredEnding | undefined> {
  const text = await ifThere(readFile(join(root, `.ending-${fence}.json`), 'utf8'), undefined);
  return text === undefined ? undefined : (JSON.parse(text) as StoredEnding);
}

/**
 * The process that decided first, since the last one that annulled what was before; undefined: none has. `asking`: it
 * decides now, if no other has, and not where a later one has annulled its work.
 */
async function firstToDecide(root: string, asking?: number): Promise<number | undefined> {
  for (let path = join(root, '.decided'); ; ) {
    if (asking !== undefined) await make(path, String(asking));
    const text = await ifThere(readlink(path), undefined);
    if (text === undefined) return undefined;
    const fence = Number(text);
    const isLater = asking === undefined || asking > fence;
    const ending = isLater ? await readEnding(root, fence) : undefined;
    if (ending === undefined || !('annulled' in ending)) return fence;
    path = join(root, `.decided-${fence}`);
  }
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
