import type { Params, TextKey } from '../core/text-key.ts';
import type { Card } from './types.ts';

/** How a state looks: `good` is done, `bad` needs somebody. */
export type Kind = 'idle' | 'waiting' | 'active' | 'good' | 'bad';

export interface StateWords {
  readonly kind: Kind;
  readonly key: TextKey;
  readonly params: Params;
}

/** What a project does now, in words. */
export function stateWords({
  state,
  stage,
  job,
  result,
}: Pick<Card, 'state' | 'stage' | 'job' | 'result'>): StateWords {
  const isConversion = job?.kind === 'convert';
  switch (state) {
    case 'waiting':
      return { kind: 'waiting', key: 'state.waiting', params: { place: job?.place, eta: job?.eta_s } };
    case 'active':
      if (isConversion) return { kind: 'active', key: 'state.converting', params: { eta: job?.eta_s } };
      return stage < 2 && job?.epoch === undefined
        ? { kind: 'active', key: 'state.preparing', params: {} }
        : { kind: 'active', key: 'state.training', params: { eta: job?.eta_s } };
    case 'failed':
      return { kind: 'bad', key: isConversion ? 'state.convert_failed' : 'state.failed', params: {} };
    case 'cancelled':
      return { kind: 'idle', key: 'state.cancelled', params: {} };
    case 'completed':
      return result?.converted
        ? { kind: 'good', key: 'state.ready', params: {} }
        : { kind: 'good', key: 'state.trained', params: {} };
    case 'uploaded':
      return { kind: 'idle', key: 'state.uploaded', params: {} };
  }
}

/** From 0 to 1, while a training runs. */
export function partDone({ state, job }: Pick<Card, 'state' | 'job'>): number | undefined {
  if (state !== 'active' || job?.epoch === undefined || job.max_epoch === undefined) return undefined;
  return job.epoch / job.max_epoch;
}

export function isOpen({ state }: Pick<Card, 'state'>): boolean {
  return state === 'waiting' || state === 'active';
}
