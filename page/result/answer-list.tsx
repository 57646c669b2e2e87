import { useState } from 'preact/hooks';
import { say } from '../core/language.ts';
import { shortName, Thumbnail } from '../parts/thumbnail.tsx';
import type { Card } from '../room/types.ts';
import { modelVersion } from '../room/use-report.ts';
import { type SampleAnswer, saidOf } from './answers.ts';
import type { Size } from './heat.ts';
import { HeatMap, HeatWords } from './heat-map.tsx';
import { useHeat } from './use-heat.ts';

/** Photos with what both networks said of them. */
export function AnswerList({ card, answers }: { readonly card: Card; readonly answers: readonly SampleAnswer[] }) {
  const One = card.type === 'IMAGE_CLASSIFICATION' ? LookedAt : Answered;
  return (
    <ul class="grid-of-photos answers-of-photos">
      {answers.map((answer) => (
        // another model looks elsewhere
        <One key={`${answer.id} ${modelVersion(card)}`} card={card} answer={answer} />
      ))}
    </ul>
  );
}

interface AnswerProps {
  readonly card: Card;
  readonly answer: SampleAnswer;
}

function Answered({ card, answer }: AnswerProps) {
  return (
    <li>
      <Thumbnail project={card.id} type={card.type} sample={answer} />
      <Words answer={answer} />
    </li>
  );
}

const BUTTONS = { closed: 'heat.show', asking: 'heat.stop', seen: 'heat.hide', refused: 'heat.again' } as const;

/** With what the network looked at, where somebody asks. */
function LookedAt({ card, answer }: AnswerProps) {
  const { look, press } = useHeat(card.id, answer.id);
  const [size, setSize] = useState<Size>();
  return (
    <li class={look.state === 'seen' ? 'seen' : ''}>
      <div class="looked-at">
        <Thumbnail project={card.id} type={card.type} sample={answer} onSize={setSize} />
        {look.state === 'seen' && size !== undefined && <HeatMap heat={look.heat} size={size} />}
      </div>
      <div class="words">
        <Words answer={answer} />
        <button type="button" aria-expanded={look.state === 'seen'} onClick={press}>
          {say(BUTTONS[look.state])} <span class="for-readers">{shortName(answer.file)}</span>
        </button>
        <HeatWords look={look} />
      </div>
    </li>
  );
}

function Words({ answer }: { readonly answer: SampleAnswer }) {
  return (
    <>
      <span class="label">{say('answers.was', { label: answer.label ?? shortName(answer.file) })}</span>
      <Said who={say('try.computer')} said={saidOf(answer.float)} />
      <Said who={say('try.board')} said={saidOf(answer.board)} />
    </>
  );
}

function Said({ who, said }: { readonly who: string; readonly said: string | undefined }) {
  if (said === undefined) return null;
  return (
    <span class="label">
      <span class="note">{who}:</span> {said || say('confusion.not_found')}
    </span>
  );
}
