import { Type } from 'typebox';
import { PROJECT_TYPES } from '../../projects/project.ts';

const seconds = Type.Number();
const PendingEvent = Type.Object({ event: Type.String() });

/** job.json, as far as the server relies on it; id and project come from the folders that it lies in. */
export const StoredJob = Type.Object({
  kind: Type.Union([Type.Literal('train'), Type.Literal('convert')]),
  state: Type.Union(['waiting', 'active', 'completed', 'failed', 'cancelled'].map((state) => Type.Literal(state))),
  projectType: Type.Union(PROJECT_TYPES.map((type) => Type.Literal(type))),
  board: Type.String(),
  client: Type.Object({ workspace: Type.String(), address: Type.String() }),
  owner: Type.String(),
  alsoFor: Type.Optional(Type.Array(Type.String())),
  inputOf: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  place: Type.Object({ round: Type.Number(), since: Type.String(), again: Type.Optional(Type.Literal(true)) }),
  createdAt: seconds,
  startedAt: Type.Optional(seconds),
  finishedAt: Type.Optional(seconds),
  attempt: Type.Integer({ minimum: 0 }),
  fence: Type.Optional(Type.Integer({ minimum: 1 })),
  stopped: Type.Optional(Type.Literal(true)),
  early: Type.Optional(Type.Literal(true)),
  finishing: Type.Optional(Type.Literal(true)),
  answered: Type.Optional(Type.Literal(true)),
  oneThread: Type.Optional(Type.Literal(true)),
  yielded: Type.Optional(
    Type.Object({
      epoch: Type.Number(),
      maxEpoch: Type.Number(),
      remainingS: Type.Optional(seconds),
      overS: Type.Optional(Type.Number()),
      usable: Type.Optional(Type.Literal(true)),
      round: Type.Number(),
    }),
  ),
  pausedAt: Type.Optional(seconds),
  pausedS: Type.Optional(seconds),
  // below 2 a signal would go to every process, or to the first one of the machine
  process: Type.Optional(
    Type.Object({
      pid: Type.Integer({ minimum: 2 }),
      startTicks: Type.Optional(Type.Number()),
      bootId: Type.Optional(Type.String()),
    }),
  ),
  reason: Type.Optional(Type.Object({ code: Type.String(), msg: Type.String() })),
  pendingEvent: Type.Optional(PendingEvent),
  /** `pendingEvent` as earlier versions named it. */
  untold: Type.Optional(PendingEvent),
});
