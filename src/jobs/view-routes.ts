import { Type } from 'typebox';
import type { Person } from '../client.ts';
import { jobNotFound, notYours } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import { createStreamSender } from '../events/stream/send.ts';
import { lastEventIdOf } from '../events/stream/last-event-id.ts';
import type { App } from '../http/app-type.ts';
import { clientOf, personOf } from '../http/client-of.ts';
import { failures, rawAnswer } from '../http/fail.ts';
import { goneSignal } from '../http/gone-signal.ts';
import type { CountLimit } from '../http/limits.ts';
import type { Guard } from '../people/guard.ts';
import type { JobService, JobView } from './job-service.ts';
import { EventsQuery, jobAnswer, JobList, JobParams, JobSchema } from './schemas.ts';

// The addresses that show jobs: all of them, one, and the events of one.

export interface JobViewRoutesOptions {
  readonly jobs: JobService;
  readonly guard: Guard;
  readonly bus: EventBus;
  readonly places: CountLimit;
}

export async function jobViewRoutes(app: App, options: JobViewRoutesOptions): Promise<void> {
  app.addSchema(JobSchema);
  addJobs(app, options);
  addEvents(app, options);
}

function addJobs(app: App, options: JobViewRoutesOptions): void {
  const { jobs, guard } = options;
  app.get(
    '/jobs',
    {
      schema: {
        tags: ['jobs'],
        summary: 'All jobs of the projects that the caller may see, newest first',
        response: { 200: JobList, ...failures },
      },
    },
    async (request) => {
      const person = personOf(request);
      const views = jobs.list(person.workspace).map((view) => ({ ref: view.job.ref, view }));
      return { jobs: (await guard.seen(person, views)).map(({ view }) => jobAnswer(view)) };
    },
  );

  app.get(
    '/jobs/:id',
    {
      schema: {
        tags: ['jobs'],
        summary: 'One job',
        params: JobParams,
        response: { 200: Type.Ref('Job'), ...failures },
      },
    },
    async (request) => {
      return jobAnswer(await look(options, personOf(request), request.params.id));
    },
  );
}

function addEvents(app: App, options: JobViewRoutesOptions): void {
  const { guard, bus, places } = options;
  const send = createStreamSender(app, bus, places);
  app.get(
    '/jobs/:id/events',
    {
      exposeHeadRoute: false,
      config: { neverShed: true },
      schema: {
        tags: ['jobs'],
        summary: 'Events of one job from its first or from Last-Event-ID (server-sent events); ends with the job',
        params: JobParams,
        querystring: EventsQuery,
        response: {
          ...rawAnswer('text/event-stream', 'Events, one JSON object each.'),
          204: Type.Null({ description: 'The job has ended and nothing came after Last-Event-ID.' }),
          ...failures,
        },
      },
    },
    async (request, reply) => {
      const { workspace } = clientOf(request);
      const { id } = request.params;
      const person = personOf(request);
      const { job } = await look(options, person, id);
      // The one answer that keeps an EventSource from asking again.
      if (await bus.isExhausted(id, lastEventIdOf(request), goneSignal(reply))) return reply.code(204).send(null);
      return send(request, reply, { kind: 'job', workspace, jobId: id }, (gone) =>
        guard.whileSeen(person, job.ref.id, gone),
      );
    },
  );
}

/** The job, where this person may see it. */
async function look({ jobs, guard }: JobViewRoutesOptions, person: Person, jobId: string): Promise<JobView> {
  const view = jobs.get(person.workspace, jobId);
  if (!view) throw jobNotFound(jobId);
  const [seen] = await guard.seen(person, [view.job]);
  if (!seen) throw notYours(view.job.ref.id);
  return view;
}
