import { Type } from 'typebox';
import { LAST_EVENT_ID_FIELD } from '../events/stream/last-event-id.ts';
import { oneOf } from '../http/one-of.ts';
import { NAME_FIELD } from '../http/names.ts';
import { ProjectIdSchema } from '../http/project-id.ts';
import type { JobView } from './job-service.ts';

// What requests about jobs must hold, and what their answers hold.

const seconds = (description: string) => Type.Optional(Type.Number({ description }));

export const ProjectQuery = Type.Object({ project_id: ProjectIdSchema });
export const JobParams = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', description: 'Job id.' }) });
export const EventsQuery = Type.Object({
  ...NAME_FIELD,
  ...LAST_EVENT_ID_FIELD,
});

export const TrainBody = Type.Object({
  project: ProjectIdSchema,
  train_config: Type.Optional(
    Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], {
      description: 'Settings, named as in the project file; those left out are taken from there.',
    }),
  ),
});
export const TerminateBody = ProjectQuery;
export const ConvertQuery = Type.Object({
  project_id: ProjectIdSchema,
  board: Type.Optional(
    Type.String({ maxLength: 100, description: "The board to convert for; empty or absent: the project's." }),
  ),
});
export const ConvertBody = ConvertQuery;

export const PingAnswer = Type.Object({
  result: Type.Literal('pong'),
  stage: Type.Integer({
    minimum: 0,
    maximum: 5,
    description:
      'Of the newest project from this address: 0 nothing, 1 preparing, 2 training, 3 trained, 4 converting, 5 converted.',
  }),
  device: Type.String({ description: 'Name of the GPU or processor that jobs run on.' }),
  backend: Type.String({ description: 'torch and its version.' }),
  boards: Type.Array(
    Type.Object({
      id: Type.String({ description: 'As in project.json.' }),
      name: Type.String(),
      ready: Type.Boolean({ description: 'Whether this server makes models for it now.' }),
      setup: Type.Optional(Type.String({ description: 'The command that makes it ready.' })),
    }),
  ),
  notice: Type.Optional(Type.String({ description: 'Why the server can do only a part of its work now, for people.' })),
});
export const OkAnswer = Type.Object({ result: Type.Literal('OK') });
export const TrainAnswer = Type.Object({ result: Type.Literal('OK'), job_id: Type.String() });
/** The IDE reads answers with status 200 alone, so a failed conversion is one. */
export const ConvertAnswer = Type.Object({
  result: Type.Union([Type.Literal('OK'), Type.Literal('FAIL')]),
  code: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
});

export const JobSchema = Type.Object(
  {
    id: Type.String(),
    project_id: Type.String(),
    kind: Type.Union([Type.Literal('train'), Type.Literal('convert')]),
    state: oneOf(['waiting', 'active', 'completed', 'failed', 'cancelled']),
    attempt: Type.Integer({
      description: 'How often it was started, but for starts that a stop of the server in good order interrupted.',
    }),
    created_at: Type.Number({ description: 'Seconds since the epoch.' }),
    started_at: seconds('Seconds since the epoch.'),
    finished_at: seconds('Seconds since the epoch.'),
    place: Type.Optional(Type.Integer({ description: 'In the queue; 1 is next.' })),
    eta_s: seconds('Estimated: until it starts while it waits, until it ends while it runs.'),
    epoch: Type.Optional(Type.Integer()),
    max_epoch: Type.Optional(Type.Integer()),
    code: Type.Optional(Type.String({ description: 'Why it failed or was cancelled.' })),
    reason: Type.Optional(Type.String({ description: 'The same for people.' })),
  },
  { $id: 'Job' },
);
export const JobList = Type.Object({ jobs: Type.Array(Type.Ref('Job')) });

export function jobAnswer({ job, outlook }: JobView) {
  return {
    id: job.id,
    project_id: job.ref.id,
    kind: job.kind,
    state: job.state,
    attempt: job.attempt,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    place: outlook.position,
    eta_s: outlook.etaS,
    epoch: outlook.epoch,
    max_epoch: outlook.maxEpoch,
    code: job.reason?.code,
    reason: job.reason?.msg,
  };
}
