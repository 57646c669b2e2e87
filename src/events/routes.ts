import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { clientOf, personOf } from '../http/client-of.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import type { CountLimit } from '../http/limits.ts';
import { NAME_FIELD } from '../http/names.ts';
import { checkProjectId, projectIdSchema } from '../http/project-id.ts';
import { AppError } from '../errors.ts';
import type { Guard } from '../people/guard.ts';
import type { EventBus } from './event-bus.ts';
import type { Scope } from './stream/scope.ts';
import type { NewestJob } from './stream/fresh-start.ts';
import { LAST_EVENT_ID_FIELD } from './stream/last-event-id.ts';
import { createStreamSender } from './stream/send.ts';

const ListenQuery = Type.Object({
  ...NAME_FIELD,
  project_id: Type.Optional(projectIdSchema('Events of this project alone, whoever uploaded it')),
  ...LAST_EVENT_ID_FIELD,
});

export interface ListenOptions {
  readonly bus: EventBus;
  readonly guard?: Pick<Guard, 'look' | 'whileSeen'>;
  newestJob?(scope: Scope): NewestJob | undefined;
  readonly places: CountLimit;
}

/** GET /listen: what happens to the projects uploaded from the caller's address. */
export async function listenRoutes(app: App, { bus, guard, newestJob, places }: ListenOptions): Promise<void> {
  const send = createStreamSender(app, bus, places, newestJob);

  app.get(
    '/listen',
    // A HEAD request would open a stream that nobody reads.
    {
      exposeHeadRoute: false,
      config: { neverShed: true },
      schema: {
        summary: 'Events as they happen (server-sent events)',
        tags: ['events'],
        querystring: ListenQuery,
        response: { ...rawAnswer('text/event-stream', 'Events, one JSON object each.'), ...failures },
      },
    },
    async (request, reply) => {
      const client = clientOf(request);
      const projectId = request.query.project_id;
      if (projectId === undefined) return send(request, reply, { kind: 'client', client });
      const person = personOf(request);
      // what is not there yet is nobody's
      await guard?.look(person, projectId).catch(unlessMissing);
      const scope: Scope = { kind: 'project', projectId: checkProjectId(projectId), client };
      return send(request, reply, scope, guard && ((gone) => guard.whileSeen(person, projectId, gone)));
    },
  );
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'project_not_found')) throw error;
}
