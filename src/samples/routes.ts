import type { FastifyRequest } from 'fastify';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures } from '../http/fail.ts';
import { limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import { languageOf } from '../messages/language.ts';
import type { Guard } from '../people/guard.ts';
import { ProjectParams } from '../projects/schemas.ts';
import type { SampleViews } from './sample-views.ts';
import { AnswersAnswer, SamplesAnswer, SamplesQuery } from './schemas.ts';

// What is said of the photos and clips of a project.

export interface SampleRoutesOptions {
  readonly guard: Guard;
  readonly views: SampleViews;
}

const TAGS = ['samples'];

export async function sampleRoutes(app: App, { guard, views }: SampleRoutesOptions): Promise<void> {
  const read = (request: FastifyRequest<{ Params: { id: string } }>) =>
    guard.look(personOf(request), request.params.id);

  app.get(
    '/projects/:id/samples',
    {
      config: limitOf('looks at samples', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'The photos or clips of a project, and what is odd about them',
        params: ProjectParams,
        querystring: SamplesQuery,
        response: { 200: SamplesAnswer, ...failures },
      },
    },
    async (request) => {
      const { label, offset = 0, limit = 200, language } = request.query;
      return views.samples(await read(request), { label, offset, limit, language: languageOf(request, language) });
    },
  );

  app.get(
    '/projects/:id/answers',
    {
      config: limitOf('looks at answers', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'What the newest model says of each sample held back or compared, and what the board says',
        params: ProjectParams,
        response: { 200: AnswersAnswer, ...failures },
      },
    },
    async (request) => views.answers(await read(request)),
  );
}
