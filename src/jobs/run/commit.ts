import { join } from 'node:path';
import { isFile } from '../../files/tree.ts';
import type { Job } from '../domain/job.ts';
import { completedEnding, failedEnding, type LastEvent } from '../domain/outcome.ts';
import { reasonOf } from '../domain/reasons.ts';
import type { Ending } from '../domain/transition.ts';
import { writeOrigin } from './origin.ts';
import { ALWAYS_OWNED } from './ownership.ts';
import type { RunOptions } from './run.ts';

/** The finished folder takes the place of output/ as a whole, unless that of another process that had the job has. */
export async function commit(
  { store, ownership = ALWAYS_OWNED }: Pick<RunOptions, 'store' | 'ownership'>,
  job: Job,
  lastEvent: LastEvent,
  isConverted: boolean,
): Promise<Ending | 'interrupted'> {
  const own = store.paths(job.ref).jobPaths(job.id, job.fence);
  const made = job.kind === 'train' && isConverted ? own.converted : own.output;
  if (!(await isFile(join(made, 'model.pth')))) return failedEnding(reasonOf('no_result'));
  await writeOrigin(made, job, isConverted, Date.now() / 1000);
  const ending = completedEnding(lastEvent);
  if (!(await ownership.decide(job, ending, made))) return 'interrupted';
  await store.commitOutput(job.ref, made);
  return ending;
}
