import { dirname, join } from 'node:path';
import { modelMissing } from '../errors.ts';
import type { Job } from '../jobs/domain/job.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import { isFile } from '../files/tree.ts';
import { hasModel, modifiedAt } from './artifacts.ts';

/** The folder whose model answers: the newest finished one, or the quick first model of a training that waits or runs. */
export async function chooseModel(paths: ProjectPaths, training: Pick<Job, 'id'> | undefined): Promise<string> {
  const finished = (await hasModel(paths)) ? join(paths.output, 'model.pth') : undefined;
  const instant = training && join(paths.jobPaths(training.id).instant, 'model.pth');
  if (instant !== undefined && (await isFile(instant))) {
    if (finished === undefined || (await modifiedAt(instant)) > (await modifiedAt(finished))) return dirname(instant);
  }
  if (finished === undefined) throw modelMissing(409);
  return dirname(finished);
}
