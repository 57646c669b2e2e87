import { useState } from 'preact/hooks';
import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';
import { sentenceOf } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { modelVersion } from '../room/use-report.ts';
import { Counts } from './counts.tsx';
import { EditBar } from './edit-bar.tsx';
import { FindingCard } from './finding-card.tsx';
import { SampleGrid } from './sample-grid.tsx';
import { type Edits, useEdits } from './use-edits.ts';

const SHOWN_FIRST = 200;
/** As many as the server gives at once. */
const MOST_SHOWN = 1000;

/** The photos of a project, and what is odd about them. */
export function Photos({ card }: { readonly card: Card }) {
  const [label, setLabel] = useState<string>();
  const [limit, setLimit] = useState(SHOWN_FIRST);
  const query = new URLSearchParams({ limit: String(limit), ...(label !== undefined && { label }) });
  const edits = useEdits(card);
  const version = `${edits.version} ${card.state} ${modelVersion(card)}`;
  const path = `/projects/${segment(card.id)}/samples`;
  const { value, refusal } = useLoaded<SamplesAnswer>(`${path}?${query}`, version, path);
  return (
    <>
      <section aria-labelledby="photos">
        <h2 id="photos">{say('photos.title')}</h2>
        <Counts labels={value?.labels ?? card.labels} />
      </section>
      <EditBar card={card} edits={edits} />
      {refusal !== undefined && <p class="why">{sentenceOf(refusal)}</p>}
      {value !== undefined && (
        <>
          <Findings card={card} answer={value} edits={edits} />
          <section aria-labelledby="all-photos">
            <h2 id="all-photos">{say('photos.all', { count: value.total })}</h2>
            {card.type !== 'OBJECT_DETECTION' && (
              <LabelChoice labels={value.labels.map((of) => of.label)} label={label} onLabel={setLabel} />
            )}
            <SampleGrid card={card} samples={value.samples} edits={edits} />
            {value.total > value.samples.length && (
              <>
                <p class="note">{say('photos.first', { count: value.samples.length, total: value.total })}</p>
                {limit < MOST_SHOWN && (
                  <button type="button" onClick={() => setLimit(MOST_SHOWN)}>
                    {say('photos.more')}
                  </button>
                )}
              </>
            )}
          </section>
        </>
      )}
    </>
  );
}

interface FindingsProps {
  readonly card: Card;
  readonly answer: SamplesAnswer;
  readonly edits: Edits;
}

function Findings({ card, answer: { findings, trained }, edits }: FindingsProps) {
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">{say('findings.title')}</h2>
      {trained === null && <p class="note">{say('findings.before_training')}</p>}
      {trained?.same_upload === false && <p class="note">{say('findings.of_older')}</p>}
      {trained !== null && findings.length === 0 && <p>{say('findings.none')}</p>}
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map((finding) => (
            <li key={`${finding.code} ${finding.labels?.join() ?? ''}`}>
              <FindingCard id={card.id} type={card.type} finding={finding} edits={edits} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface LabelChoiceProps {
  readonly labels: readonly string[];
  readonly label: string | undefined;
  readonly onLabel: (label: string | undefined) => void;
}

function LabelChoice({ labels, label, onLabel }: LabelChoiceProps) {
  return (
    <fieldset class="choice">
      <legend class="for-readers">{say('photos.choose')}</legend>
      {[undefined, ...labels].map((other) => (
        <button
          key={other ?? ''}
          type="button"
          class="quiet"
          aria-pressed={other === label}
          onClick={() => onLabel(other)}
        >
          {other ?? say('photos.every')}
        </button>
      ))}
    </fieldset>
  );
}
