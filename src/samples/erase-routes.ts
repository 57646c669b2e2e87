import { Type } from 'typebox';
import { sampleNotFound } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import type { Guard } from '../people/guard.ts';
import { projectFields } from '../projects/log-fields.ts';
import type { Project } from '../projects/project.ts';
import type { SampleIndex } from './sample-index.ts';
import { SampleParams } from './schemas.ts';

// The address that deletes a photo or clip everywhere.

const Erased = Type.Object({
  result: Type.Literal('OK'),
  files: Type.Integer({ description: 'How many files had its bytes: in the upload and in copies of trainings.' }),
  trainings: Type.Array(Type.String(), { description: 'Ids of the trainings that had used it. They are marked.' }),
});

export interface EraseRoutesOptions {
  readonly guard: Guard;
  readonly index: SampleIndex;
  /** Rejects with project_busy while a job of the project waits or runs. */
  readonly erase: (
    project: Project,
    file: string,
  ) => Promise<{ readonly files: number; readonly trainings: string[] } | undefined>;
}

export async function eraseRoutes(app: App, { guard, index, erase }: EraseRoutesOptions): Promise<void> {
  app.delete(
    '/projects/:id/samples/:sample',
    {
      config: limitOf('deleted samples', LOOKS_PER_SECOND),
      schema: {
        tags: ['samples'],
        summary:
          'Delete a photo or clip everywhere in the project: upload, copies of trainings, small pictures, features, answers. Trainings that used it are marked',
        params: SampleParams,
        response: { 200: Erased, ...failures },
      },
    },
    async (request) => {
      const project = await guard.change(personOf(request), request.params.id);
      const sample = (await index.of(project)).byId.get(request.params.sample);
      const erased = sample && (await erase(project, sample.file));
      if (erased === undefined) throw sampleNotFound(request.params.sample);
      request.log.info({ ...projectFields(project.ref), files: erased.files }, 'sample deleted everywhere');
      return { result: 'OK' as const, ...erased };
    },
  );
}
