import type { Params, TextKey } from '../core/text-key.ts';

// What a confusion matrix says, apart from its drawing.

export interface Mistake {
  /** undefined: there was nothing. */
  readonly label: string | undefined;
  /** undefined: nothing was found. */
  readonly answer: string | undefined;
  readonly count: number;
}

/**
 * What was taken for what, the most often first. Rows are the true labels. Boxes have a row and a column more: what was
 * found where nothing is, and what was not found.
 */
export function mistakesOf(labels: readonly string[], rows: readonly (readonly number[])[]): Mistake[] {
  return rows
    .flatMap((row, true_) =>
      row.map((count, answer) => ({
        label: labels[true_],
        answer: labels[answer],
        count: true_ === answer ? 0 : count,
      })),
    )
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** The sentence about the most frequent mistake, with its values. */
export function worstOf({ label, answer, count }: Mistake): { readonly key: TextKey; readonly params: Params } {
  if (label === undefined) return { key: 'confusion.invented', params: { answer, count } };
  if (answer === undefined) return { key: 'confusion.missed', params: { label, count } };
  return { key: 'confusion.worst', params: { label, answer, count } };
}

/** From 0 to 4, how strongly a cell is coloured: its share of its row. */
export function strength(count: number, row: readonly number[]): number {
  const sum = row.reduce((total, value) => total + value, 0);
  return count === 0 ? 0 : Math.max(1, Math.round((count / sum) * 4));
}
