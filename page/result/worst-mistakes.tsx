import { say } from '../core/language.ts';
import type { Card } from '../room/types.ts';
import { AnswerList } from './answer-list.tsx';
import { type SampleAnswer, worstMistakes } from './answers.ts';

const MOST = 6;

/** Where the model was sure, and wrong. */
export function WorstMistakes({ card, answers }: { readonly card: Card; readonly answers: readonly SampleAnswer[] }) {
  const worst = worstMistakes(answers, MOST);
  if (worst.length === 0) return null;
  return (
    <section aria-labelledby="worst">
      <h3 id="worst">{say('answers.worst')}</h3>
      <AnswerList card={card} answers={worst} />
    </section>
  );
}
