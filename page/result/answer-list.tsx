import { say } from '../core/language.ts';
import { shortName, Thumbnail } from '../parts/thumbnail.tsx';
import type { Card } from '../room/types.ts';
import { type SampleAnswer, saidOf } from './answers.ts';

/** Photos with what both networks said of them. */
export function AnswerList({ card, answers }: { readonly card: Card; readonly answers: readonly SampleAnswer[] }) {
  return (
    <ul class="grid-of-photos answers-of-photos">
      {answers.map((answer) => (
        <li key={answer.id}>
          <Thumbnail project={card.id} type={card.type} sample={answer} />
          <span class="label">{say('answers.was', { label: answer.label ?? shortName(answer.file) })}</span>
          <Said who={say('try.computer')} said={saidOf(answer.float)} />
          <Said who={say('try.board')} said={saidOf(answer.board)} />
        </li>
      ))}
    </ul>
  );
}

function Said({ who, said }: { readonly who: string; readonly said: string | undefined }) {
  if (said === undefined) return null;
  return (
    <span class="label">
      <span class="note">{who}:</span> {said}
    </span>
  );
}
