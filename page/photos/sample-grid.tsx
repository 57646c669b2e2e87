import { useState } from 'preact/hooks';
import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { say } from '../core/language.ts';
import { shortName, Thumbnail } from '../parts/thumbnail.tsx';
import { busy } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';
import { EditNote } from './edit-note.tsx';
import { EraseQuestion } from './erase-question.tsx';
import type { Edits } from './use-edits.ts';

type Sample = SamplesAnswer['samples'][number];

interface SampleGridProps {
  readonly card: Card;
  readonly samples: readonly Sample[];
  readonly edits: Edits;
}

/** The photos of a project, each with what was decided for it. Whoever wants to delete some for good says so first. */
export function SampleGrid({ card, samples, edits }: SampleGridProps) {
  const [isErasing, setErasing] = useState(false);
  const [asked, setAsked] = useState<Sample>();
  const answer = (sample: Sample, isYes: boolean) => {
    setAsked(undefined);
    if (isYes) void edits.erase(sample.id);
  };
  return (
    <>
      {samples.length > 0 && (
        <button type="button" class="quiet" aria-pressed={isErasing} onClick={() => setErasing(!isErasing)}>
          {say('erase.begin')}
        </button>
      )}
      {isErasing && <p class="note">{say(isOpen(card) ? 'erase.busy' : 'erase.how')}</p>}
      <ul class="grid-of-photos">
        {samples.map((sample) => (
          <li key={sample.id} class={sample.findings.length > 0 ? 'odd' : undefined}>
            <Thumbnail project={card.id} type={card.type} sample={sample} />
            {sample.label !== null && <span class="label">{sample.label}</span>}
            {sample.edit !== null && <EditNote edit={sample.edit} edits={edits} />}
            {sample.held_back === true && <span class="note">{say('photos.held_back')}</span>}
            {isErasing && (
              <button type="button" disabled={isOpen(card) || busy.value.has(card.id)} onClick={() => setAsked(sample)}>
                {say('erase.one')} <span class="for-readers">{shortName(sample.file)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {asked !== undefined && <EraseQuestion card={card} sample={asked} onAnswer={(isYes) => answer(asked, isYes)} />}
    </>
  );
}
