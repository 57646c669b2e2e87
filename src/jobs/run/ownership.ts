import type { Job } from '../domain/job.ts';
import type { Ending } from '../domain/transition.ts';

/** Who may write a job. Of several processes that took it one after the other, the newest alone. */
export interface JobOwnership {
  /** False once another process has taken the job from this one. */
  isHeld(jobId: string): boolean;
  /**
   * Of all attempts of a job one becomes current: the first that asks. False: it was another one, and what this one has
   * made counts no more. `made`: the folder that is put in place next.
   */
  decide(job: Job, ending: Ending, made: string): Promise<boolean>;
}

/** Where one process has all jobs. */
export const ALWAYS_OWNED: JobOwnership = { isHeld: () => true, decide: async () => true };
