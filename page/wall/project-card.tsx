import { say } from '../core/language.ts';
import { hashOf } from '../core/route.ts';
import { dateOf } from '../core/time.ts';
import { SmallCurve } from '../parts/curve.tsx';
import { PERCENT } from '../parts/curve-path.ts';
import { Progress } from '../parts/progress.tsx';
import { lastEpochOf, qualityLines } from '../room/figures.ts';
import { partDone } from '../room/state-words.ts';
import { typeWords } from '../room/type-words.ts';
import type { Card, Result } from '../room/types.ts';
import { askOf } from '../room/whose.ts';
import { isPupil, you } from '../room/you.ts';
import { StateChip } from '../parts/state-chip.tsx';
import { CardButtons } from './card-buttons.tsx';
import { OwnerLine } from './owner.tsx';

/** One project of the class. */
export function ProjectCard({ card, isProjector }: { readonly card: Card; readonly isProjector: boolean }) {
  const part = partDone(card);
  return (
    <article class={`card ${card.stuck ?? ''}`}>
      <h3>
        <a href={hashOf({ screen: 'project', id: card.id, part: 'training' })}>{card.name || card.id}</a>
      </h3>
      <p class="note">
        {say(typeWords(card.type))} · {say('card.samples', { samples: card.samples })}
        {card.address !== '' && !isProjector && <> · {card.address}</>}
      </p>
      <DeletionLine card={card} />
      <OwnerLine card={card} isProjector={isProjector} />
      <StateChip card={card} />
      {part !== undefined && <Progress part={part} label={say('card.progress', { name: card.name })} />}
      {card.stuck !== null && <StuckWords card={card} />}
      {card.curve.length > 0 && (
        <SmallCurve
          points={card.curve}
          lines={qualityLines(card.type, card.curve).filter(({ kind }) => kind === 'own')}
          scale={PERCENT}
          lastEpoch={lastEpochOf(card)}
          title={say('card.curve', { name: card.name })}
          unit=" %"
        />
      )}
      {card.result && <ResultLine result={card.result} />}
      {!isProjector && mayChange(card) && <CardButtons card={card} />}
    </article>
  );
}

/** Also while it is far off, so that nobody is surprised. */
function DeletionLine({ card: { deletion } }: { readonly card: Card }) {
  if (deletion === null) return null;
  const date = dateOf(deletion.at);
  return deletion.soon ? (
    <p class="why">{say('card.deleted_soon', { date })}</p>
  ) : (
    <p class="note">{say('card.deleted', { date })}</p>
  );
}

/** The server refuses it to pupils while nobody has said whose it is. */
function mayChange(card: Card): boolean {
  return !isPupil.value || askOf(card, you.value).kind === 'nothing';
}

function StuckWords({ card }: { readonly card: Card }) {
  const { stuck, job, result } = card;
  if (stuck === 'failed') return <p class="why">{job?.reason || say('stuck.failed')}</p>;
  if (stuck === 'no_samples') return <p class="why">{say('stuck.no_samples')}</p>;
  if (stuck === 'same_answer')
    return <p class="why">{say('stuck.same_answer', { label: result?.same_answer ?? '?' })}</p>;
  return <p class="why">{say('stuck.waits')}</p>;
}

function ResultLine({ result: { right, checked, expect_least, expect_most, value } }: { readonly result: Result }) {
  if (right === null || checked === null)
    return value === null ? null : <p class="result">{say('card.value', { value })}</p>;
  return (
    <p class="result">
      <strong>{say('result.right', { right, checked })}</strong>
      {expect_least !== null && expect_most !== null && (
        <span> {say('result.range', { least: expect_least, most: expect_most })}</span>
      )}
    </p>
  );
}
