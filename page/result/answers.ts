import type { AnswersAnswer } from '../../src/samples/schemas.ts';
import { percent } from '../core/percent.ts';

// Which photos stand behind a figure.

export type SampleAnswer = AnswersAnswer['answers'][number];

/** Those that one cell of the confusion matrix counts. */
export function behindCell(answers: readonly SampleAnswer[], label: string, counted: string): SampleAnswer[] {
  return answers.filter((answer) => answer.label === label && answer.counted === counted);
}

/** What the board answers differently. */
export function changedOnes(answers: readonly SampleAnswer[]): SampleAnswer[] {
  return answers.filter(({ changed }) => changed === true);
}

/** Wrong, the surest first: these teach the most. */
export function worstMistakes(answers: readonly SampleAnswer[], most: number): SampleAnswer[] {
  return answers
    .filter(({ label, counted }) => counted !== null && counted !== label)
    .sort((a, b) => sureness(b) - sureness(a))
    .slice(0, most);
}

/** What a network says of a photo, in one line; empty: it found nothing; undefined: it was not asked. */
export function saidOf(said: SampleAnswer['float']): string | undefined {
  if (said === null) return undefined;
  if ('boxes' in said) return said.boxes.map(({ label, prob }) => `${label} ${percent(prob)}`).join(', ');
  return `${said.label} ${percent(said.prob)}`;
}

function sureness({ float }: SampleAnswer): number {
  return float !== null && 'prob' in float ? float.prob : 0;
}
