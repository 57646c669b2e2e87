// What a confusion matrix says, apart from its drawing.

export interface Mistake {
  readonly label: string;
  readonly answer: string;
  readonly count: number;
}

/** What was taken for what, the most often first. Rows are the true labels. */
export function mistakesOf(labels: readonly string[], rows: readonly (readonly number[])[]): Mistake[] {
  return rows
    .flatMap((row, true_) =>
      row.map((count, answer) => ({
        label: labels[true_] ?? '',
        answer: labels[answer] ?? '',
        count: true_ === answer ? 0 : count,
      })),
    )
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** From 0 to 4, how strongly a cell is coloured: its share of its row. */
export function strength(count: number, row: readonly number[]): number {
  const sum = row.reduce((total, value) => total + value, 0);
  return count === 0 ? 0 : Math.max(1, Math.round((count / sum) * 4));
}
