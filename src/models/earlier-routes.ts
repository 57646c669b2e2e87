import { Type } from 'typebox';
import { boardFiles } from '../boards.ts';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { JOBS_PER_SECOND, limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import { ProjectIdSchema } from '../http/project-id.ts';
import type { Job } from '../jobs/domain/job.ts';
import type { JobService } from '../jobs/job-service.ts';
import { deletedOf, readDeletions } from '../projects/deletions.ts';
import { holdsModelOf, readOrigin } from '../projects/origin.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import type { Guard } from '../people/guard.ts';
import type { Project } from '../projects/project.ts';
import { ProjectParams } from '../projects/schemas.ts';
import type { ProjectStore } from '../projects/store.ts';
import { type Fields, readModelReport, readOldReport, Result } from './result.ts';

// The addresses for earlier trainings of a project: to compare with, and to return to.

const JobId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Job id.' });
const RestoreParams = Type.Object({ id: ProjectIdSchema, job: JobId });

const Model = Type.Object({
  job_id: Type.String({ description: 'The training that made it.' }),
  finished_at: Type.Union([Type.Number(), Type.Null()]),
  current: Type.Boolean({ description: 'It is the model that answers and is downloaded.' }),
  restorable: Type.Boolean({ description: 'It is kept, and can take the place of the current one.' }),
  result: Type.Union([Result, Type.Null()]),
  labels: Type.Array(Type.String()),
  learnt: Type.Union([Type.Number(), Type.Null()], { description: 'Samples that it learnt from.' }),
  board_bytes: Type.Union([Type.Number(), Type.Null()], {
    description: 'Of the files that the board loads; null before the conversion.',
  }),
  deleted: Type.Integer({ description: 'Samples that it used and that were deleted everywhere since.' }),
  train_config: Type.Object({}, { additionalProperties: true }),
});
export const ModelList = Type.Object({ models: Type.Array(Model, { description: 'Newest first.' }) });
const Restored = Type.Object({ result: Type.Literal('OK') });

export interface EarlierRoutesOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly guard: Guard;
  readonly jobs: Pick<JobService, 'trainingsOf' | 'restore'>;
}

export async function earlierRoutes(app: App, { store, guard, jobs }: EarlierRoutesOptions): Promise<void> {
  app.get(
    '/projects/:id/models',
    {
      config: limitOf('looks at models', LOOKS_PER_SECOND),
      schema: {
        tags: ['models'],
        summary: 'The trainings of a project that ended well, and which of their models are kept',
        params: ProjectParams,
        response: { 200: ModelList, ...failures },
      },
    },
    async (request) => {
      const project = await guard.look(personOf(request), request.params.id);
      return { models: await modelsOf(project, store.paths(project.ref), jobs.trainingsOf(project.ref)) };
    },
  );

  app.post(
    '/projects/:id/models/:job/restore',
    {
      config: limitOf('restored models', JOBS_PER_SECOND),
      schema: {
        tags: ['models'],
        summary: 'Put the model of an earlier training in the place of the current one, with all its files',
        params: RestoreParams,
        response: { 200: Restored, ...failures },
      },
    },
    async (request) => {
      const { ref } = await guard.change(personOf(request), request.params.id);
      await jobs.restore(ref, request.params.job);
      return { result: 'OK' as const };
    },
  );
}

async function modelsOf(project: Project, paths: ProjectPaths, trainings: readonly Job[]) {
  const origin = await readOrigin(paths.output).catch(() => undefined);
  const deletions = await readDeletions(paths);
  return Promise.all(
    trainings.map(async ({ id, finishedAt }) => {
      const current = origin?.jobId === id;
      const { model, report } = paths.jobPaths(id);
      const restorable = !current && (await holdsModelOf(model, id));
      const known =
        current || restorable
          ? await readModelReport(current ? paths.output : model)
          : await readOldReport(report, id, finishedAt);
      return {
        job_id: id,
        finished_at: finishedAt ?? null,
        current,
        restorable,
        result: known?.result ?? null,
        labels: [...(known?.labels ?? [])],
        learnt: known?.learnt ?? null,
        board_bytes: bytesOf(known?.files ?? {}, known?.board ?? project.board, project.type),
        deleted: deletedOf(deletions, id),
        train_config: { ...known?.trainConfig },
      };
    }),
  );
}

function bytesOf(files: Fields, board: string, type: Project['type']): number | null {
  const sizes = boardFiles(board, type).map((name) => files[name]);
  return sizes.reduce<number | null>((sum, size) => (typeof size === 'number' ? (sum ?? 0) + size : sum), null);
}
