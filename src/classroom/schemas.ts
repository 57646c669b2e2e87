import { type Static, Type } from 'typebox';
import { ROLES } from '../client.ts';
import { LAST_EVENT_ID_FIELD } from '../events/stream/last-event-id.ts';
import { NAME_FIELD } from '../http/names.ts';
import { oneOf } from '../http/one-of.ts';
import { JobSchema } from '../jobs/schemas.ts';
import { LANGUAGES } from '../messages/language.ts';
import { Result } from '../models/result.ts';
import { PROJECT_TYPES } from '../projects/project.ts';
import { DeletionSchema } from '../projects/schemas.ts';
import { QUOTA_LEVELS } from '../projects/quota.ts';

// What the wall of a class shows.

/** The same as `Job` elsewhere, with its reason in the reader's language. */
export const CardJob = Type.Object(JobSchema.properties);
export type CardJob = Static<typeof CardJob>;

export const STATES = ['uploaded', 'waiting', 'active', 'completed', 'failed', 'cancelled'] as const;
export const STUCK = ['failed', 'same_answer', 'no_samples', 'waits'] as const;

export const CurvePoint = Type.Unsafe<Readonly<Record<string, number>> & { readonly epoch: number }>(
  Type.Object(
    { epoch: Type.Number() },
    {
      additionalProperties: Type.Number(),
      description: 'What was measured in an epoch, such as train_loss and val_acc.',
    },
  ),
);

export const Card = Type.Object({
  id: Type.String(),
  name: Type.String(),
  type: oneOf(PROJECT_TYPES),
  board: Type.String(),
  uploaded_at: Type.Number({ description: 'Seconds since the epoch.' }),
  deletion: DeletionSchema,
  address: Type.String({ description: 'Who sent the newest upload; empty where it was put there by hand.' }),
  names: Type.Array(Type.String(), {
    description:
      'Whose it is. Several: all of them are at this address, and POST /projects/<id>/owner says which one. None: it is the address’s.',
  }),
  labels: Type.Array(
    Type.Object({
      label: Type.String(),
      samples: Type.Union([Type.Integer(), Type.Null()], {
        description: 'null for boxes: a photo has any number of labels.',
      }),
    }),
    { description: 'The first ones, as many as 4,000 characters hold.' },
  ),
  samples: Type.Integer({ description: 'Photos or clips of the newest upload.' }),
  stage: Type.Integer({
    minimum: 0,
    maximum: 5,
    description: '0 nothing, 1 preparing, 2 training, 3 trained, 4 converting, 5 converted.',
  }),
  state: oneOf(STATES, 'Of the newest job; uploaded: there is none.'),
  job: Type.Union([CardJob, Type.Null()], { description: 'The newest job.' }),
  curve: Type.Array(CurvePoint, { description: 'Of the newest training, at most 100 points.' }),
  result: Type.Union([Result, Type.Null()], { description: 'The model that can be downloaded.' }),
  stuck: Type.Union([oneOf(STUCK), Type.Null()], {
    description:
      'Who needs help: failed and not tried again, one answer for everything, no sample of any label, waits longest of all.',
  }),
});
export type Card = Static<typeof Card>;

export const ServerState = Type.Object({
  device: Type.String(),
  backend: Type.String(),
  slots: Type.Integer({ description: 'How many jobs run at once.' }),
  free_slots: Type.Integer(),
  waiting: Type.Integer({ description: 'Jobs that wait, of all classrooms.' }),
  disk_free: Type.Union([Type.Number(), Type.Null()], { description: 'Bytes, rounded; null: the disk does not say.' }),
  disk_full: Type.Boolean(),
  quota: Type.Union(
    [
      Type.Object({
        level: oneOf(QUOTA_LEVELS, 'near: from 80 % on; full: nothing more is taken.'),
        bytes: Type.Number({ description: 'What the projects take, rounded to MB.' }),
        max_bytes: Type.Union([Type.Number(), Type.Null()]),
        projects: Type.Integer(),
        max_projects: Type.Union([Type.Integer(), Type.Null()]),
      }),
      Type.Null(),
    ],
    { description: 'The room of this classroom; null: there is no limit.' },
  ),
  ide: Type.Object(
    { streams: Type.Integer(), addresses: Type.Array(Type.String()) },
    { description: 'Streams of /listen that are open in this classroom, and from which addresses: these are IDEs.' },
  ),
});
export type ServerState = Static<typeof ServerState>;

export const You = Type.Object(
  {
    role: oneOf(ROLES, 'pupil: only the projects of this name, or without one of this address, are there.'),
    name: Type.Union([Type.String(), Type.Null()]),
    address: Type.String(),
  },
  { description: 'Who asks, as the server understands it.' },
);
export type You = Static<typeof You>;

export const ClassAnswer = Type.Object({
  you: You,
  version: Type.String({ description: 'Last-Event-ID for /class/events: nothing is missed in between.' }),
  server: ServerState,
  projects: Type.Array(Card, { description: 'Those that the caller may see, newest upload first.' }),
});
export type ClassAnswer = Static<typeof ClassAnswer>;

const language = Type.Optional(oneOf(LANGUAGES, 'Of the reasons; else as Accept-Language asks.'));
export const ClassQuery = Type.Object({ language });
export const ClassEventsQuery = Type.Object({
  ...NAME_FIELD,
  language,
  ...LAST_EVENT_ID_FIELD,
});
