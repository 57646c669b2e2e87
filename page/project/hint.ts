import type { Params, TextKey } from '../core/text-key.ts';
import type { ProjectPart } from '../core/route.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';

// The next step of a project, always one. A pure function, so that every case is a test.

export interface Hint {
  readonly key: TextKey;
  readonly params: Params;
  /** What the button beside it does; none where somebody must go to the IDE, or wait. */
  readonly action?: 'train' | 'convert' | { readonly part: ProjectPart };
}

/** Below this many of 100 new samples a model is worth more photos before it goes to the board. */
const GOOD_ENOUGH = 60;
/** Fewer samples of a label than this are hardly enough to learn it. */
const FEW = 10;

export function hintOf(card: Card): Hint {
  const { labels, samples, state, job, result } = card;
  if (samples === 0) return { key: 'hint.collect', params: {} };
  if (isOpen(card)) return openHint(card);
  const empty = labels.find((label) => label.samples === 0);
  if (empty !== undefined) return { key: 'hint.empty_label', params: { label: empty.label } };
  if (labels.length === 1 && card.type !== 'OBJECT_DETECTION') return { key: 'hint.one_label', params: {} };
  if (state === 'failed' && job?.kind === 'train')
    return { key: 'hint.failed', params: {}, action: { part: 'training' } };
  if (result === null) return untrainedHint(card);
  if (result.same_answer !== null) return { key: 'hint.same_answer', params: { label: result.same_answer } };
  if (state === 'failed') return { key: 'hint.convert_failed', params: {}, action: 'convert' };
  // who has seen them may still go on: the model is made ready for the board from the result too
  if (result.suspects > 0 && !result.converted)
    return { key: 'hint.suspects', params: { count: result.suspects }, action: { part: 'photos' } };
  const isWeak = result.expect_least !== null && result.expect_least < GOOD_ENOUGH;
  // where nothing was wrong, too few were asked to say more
  const isUnsure = isWeak && result.checked !== null && result.right === result.checked;
  if (isWeak && !isUnsure)
    return { key: 'hint.more', params: { least: result.expect_least }, action: { part: 'result' } };
  if (!result.converted) return { key: 'hint.convert', params: {}, action: 'convert' };
  return isUnsure
    ? { key: 'hint.try_unsure', params: { checked: result.checked }, action: { part: 'try' } }
    : { key: 'hint.try', params: {}, action: { part: 'try' } };
}

function openHint({ state, job }: Card): Hint {
  if (state === 'waiting') return { key: 'hint.waiting', params: { place: job?.place, eta: job?.eta_s } };
  if (job?.kind === 'convert') return { key: 'hint.converting', params: {} };
  return job?.epoch === undefined ? { key: 'hint.preparing', params: {} } : { key: 'hint.training', params: {} };
}

function untrainedHint({ labels }: Card): Hint {
  const few = labels.find((label) => label.samples !== null && label.samples < FEW);
  if (few !== undefined)
    return { key: 'hint.few', params: { label: few.label, samples: few.samples }, action: 'train' };
  return { key: 'hint.train', params: {}, action: 'train' };
}
