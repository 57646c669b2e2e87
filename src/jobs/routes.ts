import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { BoardStates } from '../boards.ts';
import { AppError } from '../errors.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { App } from '../http/app-type.ts';
import type { Person } from '../client.ts';
import { clientOf, personOf } from '../http/client-of.ts';
import { MAX_BODY_BYTES } from '../http/create-server.ts';
import { toAppError } from '../http/error-handler.ts';
import { failures } from '../http/fail.ts';
import { type CountLimit, JOBS_PER_SECOND, limitOf } from '../http/limits.ts';
import { goneSignal } from '../http/gone-signal.ts';
import { slowJson } from '../http/slow-json.ts';
import type { Guard } from '../people/guard.ts';
import type { People } from '../people/people.ts';
import { refOf } from '../projects/project.ts';
import { roomNotice } from '../projects/room-notice.ts';
import type { ProjectStore } from '../projects/store.ts';
import { convertAnswer } from './convert-answer.ts';
import type { Job } from './domain/job.ts';
import type { JobService } from './job-service.ts';
import { jobViewRoutes } from './view-routes.ts';
import { logIds } from './log-ids.ts';
import {
  ConvertAnswer,
  ConvertBody,
  ConvertQuery,
  OkAnswer,
  PingAnswer,
  ProjectQuery,
  TerminateBody,
  TrainAnswer,
  TrainBody,
} from './schemas.ts';

// The addresses for trainings, conversions and what ends them.

export interface JobRoutesOptions {
  readonly jobs: JobService;
  readonly store: Pick<ProjectStore, 'isDiskFull' | 'quota'>;
  readonly guard: Guard;
  readonly people: Pick<People, 'trained'>;
  readonly bus: EventBus;
  /** Of event streams. */
  readonly places: CountLimit;
  /** Which there are, and whether models can be made for them now. */
  readonly boards: () => BoardStates;
  /** How often an answer that takes long shows that it is alive. */
  readonly keepAliveMs: number;
}

/** What the IDE asks of the server. */
export async function jobRoutes(app: App, options: JobRoutesOptions): Promise<void> {
  // Before the app waits for open requests: a conversion that somebody waits for would keep it for ever.
  app.addHook('preClose', () => options.jobs.close());
  addPing(app, options);
  addTrain(app, options);
  addConvert(app, options);
  addCancel(app, options);
  await jobViewRoutes(app, options);
}

function addPing(app: App, { jobs, store, boards }: JobRoutesOptions): void {
  app.get(
    '/ping',
    {
      config: { neverShed: true },
      schema: {
        tags: ['jobs'],
        summary: 'Is the server there, and what does it do for me?',
        response: { 200: PingAnswer, ...failures },
      },
    },
    async (request) => {
      const latest = jobs.latestOf(clientOf(request));
      const notice = await roomNotice(store, clientOf(request).workspace, request);
      return {
        result: 'pong' as const,
        stage: latest ? await jobs.stageOf(latest) : 0,
        device: jobs.machine.device,
        backend: jobs.machine.backend,
        boards: boards(),
        ...(notice && { notice }),
      };
    },
  );
}

function addTrain(app: App, { jobs, people }: JobRoutesOptions): void {
  app.post(
    '/train',
    {
      config: { streamsRefusals: true, ...limitOf('trainings', JOBS_PER_SECOND) },
      schema: {
        tags: ['jobs'],
        summary: 'Train an uploaded project',
        body: TrainBody,
        response: { 200: TrainAnswer, ...failures },
      },
    },
    async (request) => {
      const person = personOf(request);
      const ref = refOf(person, request.body.project);
      const job = await jobs.submitTrain(clientOf(request), ref, { ...request.body.train_config });
      request.log.info(logIds(job), 'job accepted');
      await people.trained(person, ref);
      return { result: 'OK' as const, job_id: job.id };
    },
  );
}

type Asked = Static<typeof ConvertQuery>;

function addConvert(app: App, { jobs, bus, keepAliveMs }: JobRoutesOptions): void {
  const convert = (request: FastifyRequest, reply: FastifyReply, asked: Asked) => {
    const client = clientOf(request);
    const toRefusal = (error: unknown) => {
      if (!(error instanceof AppError)) request.log.error({ err: error, route: '/convert' }, 'request failed');
      return toAppError(error, MAX_BODY_BYTES);
    };
    const onAccepted = (job: Job) => request.log.info(logIds(job), 'job accepted');
    const answer = convertAnswer(
      { jobs, bus, toRefusal, onAccepted },
      client,
      { ref: refOf(client, asked.project_id), board: asked.board || undefined },
      goneSignal(reply),
    );
    return reply.type('application/json').send(slowJson(answer, keepAliveMs));
  };
  const convertSchema = {
    tags: ['jobs'],
    summary:
      'Convert the newest model for the board; answers when that has ended, with white space before the JSON while it lasts',
    response: { 200: ConvertAnswer, ...failures },
  };
  // What is wrong with the request is answered by the error handler.
  const convertConfig = { streamsRefusals: true, refusalStatus: 200, ...limitOf('conversions', JOBS_PER_SECOND) };

  // A HEAD request would start a conversion.
  app.get(
    '/convert',
    {
      exposeHeadRoute: false,
      config: { ...convertConfig, changesState: true },
      schema: { ...convertSchema, querystring: ConvertQuery },
    },
    async (request, reply) => convert(request, reply, request.query),
  );

  app.post(
    '/convert',
    { config: convertConfig, schema: { ...convertSchema, body: ConvertBody } },
    async (request, reply) => convert(request, reply, request.body),
  );
}

function addCancel(app: App, { jobs, guard }: JobRoutesOptions): void {
  const cancel = async (person: Person, projectId: string) => {
    const { ref } = await guard.stop(person, projectId);
    await jobs.cancel(ref);
    return { result: 'OK' as const };
  };
  const cancelSummary = 'End the training or conversion of a project; answers when its processes are gone';

  app.get(
    '/terminate',
    {
      exposeHeadRoute: false,
      config: { changesState: true, neverShed: true },
      schema: {
        tags: ['jobs'],
        summary: cancelSummary,
        querystring: ProjectQuery,
        response: { 200: OkAnswer, ...failures },
      },
    },
    async (request) => cancel(personOf(request), request.query.project_id),
  );

  app.post(
    '/terminate_training',
    {
      config: { neverShed: true },
      schema: { tags: ['jobs'], summary: cancelSummary, body: TerminateBody, response: { 200: OkAnswer, ...failures } },
    },
    async (request) => cancel(personOf(request), request.body.project_id),
  );
}
