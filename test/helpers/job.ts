import type { Job, JobState } from '../../src/jobs/domain/job.ts';

/** A training of the project p, as it is when it was accepted. */
export function job(id: string, state: JobState = 'waiting', more: Partial<Job> = {}): Job {
  return {
    id,
    state,
    kind: 'train',
    ref: { workspace: '', id: 'p' },
    projectType: 'IMAGE_CLASSIFICATION',
    board: 'kidbright-mai',
    client: { workspace: '', address: '1' },
    owner: '1',
    inputOf: id,
    place: { round: 0, since: id },
    createdAt: 1,
    attempt: 0,
    ...more,
  };
}
