import type { Static } from 'typebox';
import type { Card, CardJob, ClassAnswer, CurvePoint, ServerState, You } from '../../src/classroom/schemas.ts';

// What the server says of a class, as its schemas have it.

export type { Card, ServerState, You };
export type Job = CardJob;
export type Point = Static<typeof CurvePoint>;
export type ProjectType = Card['type'];
export type Result = NonNullable<Card['result']>;
export type Stuck = NonNullable<Card['stuck']>;

export type ClassEvent =
  | ({ readonly event: 'class' } & Pick<ClassAnswer, 'you' | 'server' | 'projects'>)
  | { readonly event: 'project'; readonly project: Card }
  | { readonly event: 'progress'; readonly project_id: string; readonly job: Job; readonly points: readonly Point[] }
  | { readonly event: 'removed'; readonly project_id: string }
  | { readonly event: 'server'; readonly server: ServerState };
