import { askerOf } from '../client.ts';
import { heatOfLabelsOnly } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { clientOf, personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { goneSignal } from '../http/gone-signal.ts';
import { HEATS_PER_SECOND, limitOf } from '../http/limits.ts';
import type { Asker, InferenceResult } from '../models/inference/request.ts';
import type { Guard } from '../people/guard.ts';
import type { Project } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import { findSample } from './find-sample.ts';
import type { SampleIndex } from './sample-index.ts';
import { HeatAnswer, SampleParams } from './schemas.ts';

export interface HeatRoutesOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly guard: Guard;
  readonly index: SampleIndex;
  /** Ask the newest model where it looks in a photo. */
  readonly look: (project: Project, photo: string, from: Asker) => Promise<InferenceResult>;
}

/** Where the network looks in a photo of the data set. */
export async function heatRoutes(app: App, { store, guard, index, look }: HeatRoutesOptions): Promise<void> {
  app.get(
    '/projects/:id/samples/:sample/heat',
    {
      config: limitOf('heat maps', HEATS_PER_SECOND),
      schema: {
        tags: ['samples'],
        summary: 'Which parts of a photo the newest model looks at: its answer falls most where they are covered',
        params: SampleParams,
        response: { 200: HeatAnswer, ...failures },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const project = await guard.look(personOf(request), request.params.id);
      // before the model is looked for: a training would not help
      if (project.type !== 'IMAGE_CLASSIFICATION') throw heatOfLabelsOnly();
      const { path, opened } = await findSample({ store, index }, project, request.params.sample, ({ file }) => file);
      await opened.file.close();
      return (await look(project, path, { ...askerOf(client), signal: goneSignal(reply) })) as {
        label: string;
        prob: number;
        grid: number[][];
      };
    },
  );
}
