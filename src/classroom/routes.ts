import { lastEventIdOf } from '../events/stream/last-event-id.ts';
import { createReplySender } from '../events/stream/sse-reply.ts';
import type { App } from '../http/app-type.ts';
import { personOf } from '../http/client-of.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import { type CountLimit, limitOf, LOOKS_PER_SECOND } from '../http/limits.ts';
import { languageOf } from '../messages/language.ts';
import type { Classrooms } from './classroom.ts';
import { viewOf } from './view.ts';
import { ClassAnswer, ClassEventsQuery, ClassQuery } from './schemas.ts';

export interface ClassRoutesOptions {
  readonly classrooms: Classrooms;
  readonly places: CountLimit;
}

/** The wall of a class: all projects, and how they get on. */
export async function classRoutes(app: App, { classrooms, places }: ClassRoutesOptions): Promise<void> {
  const send = createReplySender(app, () => classrooms.endStreams(), places);

  app.get(
    '/class',
    {
      config: limitOf('looks at the class', LOOKS_PER_SECOND),
      schema: {
        tags: ['class'],
        summary: 'Every project with its newest job and its model, and what the server has to do',
        querystring: ClassQuery,
        response: { 200: ClassAnswer, ...failures },
      },
    },
    async (request) => classrooms.look(viewOf(personOf(request), languageOf(request, request.query.language))),
  );

  app.get(
    '/class/events',
    {
      // A HEAD request would open a stream that nobody reads.
      exposeHeadRoute: false,
      config: { neverShed: true },
      schema: {
        tags: ['class'],
        summary:
          'The same as it changes (server-sent events): `class` has everything, then `project`, `progress`, `removed`, `server`',
        querystring: ClassEventsQuery,
        response: { ...rawAnswer('text/event-stream', 'Events, one JSON object each.'), ...failures },
      },
    },
    async (request, reply) =>
      send(request, reply, (reader) =>
        classrooms.stream({
          ...reader,
          view: viewOf(personOf(request), languageOf(request, request.query.language)),
          lastEventId: lastEventIdOf(request),
        }),
      ),
  );
}
