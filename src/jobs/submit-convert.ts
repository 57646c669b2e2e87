import { join } from 'node:path';
import type { Client } from '../client.ts';
import { BOARDS } from '../boards.ts';
import { conversionForOther, modelMissing, projectTraining } from '../errors.ts';
import { DamagedFile } from '../files/own-json.ts';
import { isFile, isFolder } from '../files/tree.ts';
import type { Project, ProjectRef } from '../projects/project.ts';
import { checkConversion } from './domain/checks.ts';
import type { Job } from './domain/job.ts';
import { openOfKind } from './job-registry.ts';
import { enterJob, newJob, withJobFolder } from './new-job.ts';
import { readOrigin } from '../projects/origin.ts';
import type { SubmissionsOptions } from './submissions.ts';

/** Accepts a conversion, or joins the one of the project that waits or runs. `board`: for another one than the project's. */
export async function submitConversion(
  options: SubmissionsOptions,
  client: Client,
  ref: ProjectRef,
  board?: string,
): Promise<Job> {
  const { store, registry, scheduler, withinLimit, isSetUp } = options;
  const project = await store.read(ref);
  const conversion = openOfKind(registry, ref, 'convert');
  if (conversion) {
    if (board !== undefined && board !== conversion.board)
      throw conversionForOther(BOARDS.get(conversion.board)?.name ?? conversion.board);
    registry.follow(conversion.id, client.address);
    return conversion;
  }
  const training = openOfKind(registry, ref, 'train');
  if (training) return convertSoFar(options, client, project, training, board);
  if (!(await isFile(join(store.paths(ref).output, 'model.pth')))) throw modelMissing(409);
  return withinLimit(client, () =>
    withJobFolder(options, ref, async (id) => {
      const found = await inputOfModel(options, project, id);
      const input = { ...found, board: board ?? found.board };
      checkConversion(input.board, found.board, input.projectType, isSetUp);
      const job = { ...(await newJob(scheduler.queue, 'convert', client, project, id)), ...input };
      await enterJob(options, job);
      scheduler.enqueue(job);
      return job;
    }),
  );
}

/** A training waits or runs: the quick first model that it has made, if it has. */
async function convertSoFar(
  options: SubmissionsOptions,
  client: Client,
  project: Project,
  training: Job,
  wanted: string | undefined,
): Promise<Job> {
  const { store, scheduler, withinLimit, isSetUp } = options;
  const { instant } = store.paths(training.ref).jobPaths(training.id);
  if (!(await isFile(join(instant, 'model.pth')))) throw projectTraining(training.ref.id);
  return withinLimit(client, () =>
    withJobFolder(options, training.ref, async (id) => {
      const { projectType } = training;
      const board = wanted ?? training.board;
      checkConversion(board, training.board, projectType, isSetUp);
      const made = await newJob(scheduler.queue, 'convert', client, project, id);
      const job: Job = { ...made, inputOf: training.id, board, projectType, early: true };
      await enterJob(options, job);
      scheduler.enqueue(job);
      return job;
    }),
  );
}

/** Photos of the training that made the model, and what they are of; where that is not known, those of the upload as it is. */
async function inputOfModel(
  { store, registry }: Pick<SubmissionsOptions, 'store' | 'registry'>,
  project: Project,
  jobId: string,
): Promise<Pick<Job, 'inputOf' | 'board' | 'projectType'>> {
  const { ref } = project;
  const origin = await readOrigin(store.paths(ref).output).catch((error: unknown) => {
    if (!(error instanceof DamagedFile)) throw error;
  });
  if (!origin || !(await isFolder(store.paths(ref).jobPaths(origin.jobId).input))) {
    const { project: now } = await store.snapshot(ref, jobId);
    return { inputOf: jobId, board: now.board, projectType: now.type };
  }
  const training = registry.get(origin.jobId);
  return {
    inputOf: origin.jobId,
    board: training?.board ?? project.board,
    projectType: training?.projectType ?? project.type,
  };
}
