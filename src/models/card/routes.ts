import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { modelMissing } from '../../errors.ts';
import type { App } from '../../http/app-type.ts';
import { personOf } from '../../http/client-of.ts';
import { attachment } from '../../http/content-disposition.ts';
import { failures, rawAnswer } from '../../http/fail.ts';
import { limitOf, LOOKS_PER_SECOND } from '../../http/limits.ts';
import { NAME_FIELD } from '../../http/names.ts';
import { oneOf } from '../../http/one-of.ts';
import { type Language, LANGUAGES, languageOf } from '../../messages/language.ts';
import type { Guard } from '../../people/guard.ts';
import { ProjectParams } from '../../projects/schemas.ts';
import type { ProjectStore } from '../../projects/store.ts';
import { readRawReport } from '../result.ts';
import { cardOf } from './card.ts';
import { factsOf } from './facts.ts';
import { cardHtml } from './html.ts';
import { ModelCard } from './schemas.ts';

// What a stranger should know of the newest model: as data for the page, and as a file to keep.

const CardQuery = Type.Object({
  ...NAME_FIELD,
  language: Type.Optional(oneOf(LANGUAGES, 'Else as Accept-Language asks.')),
});
const TAGS = ['models'];

export interface CardRoutesOptions {
  readonly store: Pick<ProjectStore, 'paths'>;
  readonly guard: Guard;
}

export async function cardRoutes(app: App, { store, guard }: CardRoutesOptions): Promise<void> {
  type CardRequest = FastifyRequest<{ Params: { id: string } }>;
  const read = async (request: CardRequest, language: Language) => {
    const project = await guard.look(personOf(request), request.params.id);
    const raw = await readRawReport(store.paths(project.ref).output);
    if (raw === undefined) throw modelMissing(404);
    return { project, card: cardOf(factsOf(project, raw), language) };
  };

  app.get(
    '/projects/:id/model_card',
    {
      config: limitOf('looks at model cards', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary:
          'What a stranger should know of the newest model, in words: what it learnt from, how right it is, its limits',
        params: ProjectParams,
        querystring: CardQuery,
        response: { 200: ModelCard, ...failures },
      },
    },
    async (request) => (await read(request, languageOf(request, request.query.language))).card,
  );

  app.get(
    '/projects/:id/model_card.html',
    {
      config: limitOf('looks at model cards', LOOKS_PER_SECOND),
      schema: {
        tags: TAGS,
        summary: 'The same as one HTML file to keep, which needs nothing else',
        params: ProjectParams,
        querystring: CardQuery,
        response: { ...rawAnswer('text/html', 'The file.'), ...failures },
      },
    },
    async (request, reply) => {
      const language = languageOf(request, request.query.language);
      const { project, card } = await read(request, language);
      return reply
        .headers({ 'cache-control': 'no-store', 'content-disposition': attachment(`${project.ref.id} card.html`) })
        .type('text/html; charset=utf-8')
        .send(cardHtml(card, language));
    },
  );
}
