// What is shown of an answer. The server says `unknown` where the conversion found a limit; a person can ask for more.

export interface Answer {
  readonly prediction?: string;
  readonly prob?: number;
  readonly probs?: Readonly<Record<string, number>>;
  readonly boxes?: readonly AnswerBox[];
  readonly unknown?: boolean;
}

export interface AnswerBox {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly prob: number;
  readonly label: string;
}

export interface Inference extends Answer {
  readonly board?: Answer;
}

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
export function barsOf({ probs = {}, board }: Inference): LabelBars[] {
  return Object.entries(probs).map(([label, computer]) => ({ label, computer, board: board?.probs?.[label] }));
}
