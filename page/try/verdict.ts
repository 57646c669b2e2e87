import type { InferenceAnswer } from '../../src/models/schemas.ts';

// What is shown of an answer. The server says `unknown` where the conversion found a limit; a person can ask for more.

/** What one of the two networks says. */
export type Answer = NonNullable<InferenceAnswer['board']>;

/** undefined: none of the labels, as far as one can tell. */
export function verdictOf({ prediction, prob = 0, unknown }: Answer, threshold: number): string | undefined {
  return unknown || prob < threshold ? undefined : prediction;
}

export interface LabelBars {
  readonly label: string;
  readonly computer: number;
  /** undefined: the model was not made ready for the board. */
  readonly board: number | undefined;
}

/** Two bars a label, in the order of the labels, so that they do not jump while a camera looks. */
export function barsOf({ probs = {}, board }: Pick<InferenceAnswer, 'probs' | 'board'>): LabelBars[] {
  return Object.entries(probs).map(([label, computer]) => ({ label, computer, board: board?.probs?.[label] }));
}
