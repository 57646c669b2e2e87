// How fair a moment is, by what everybody has had so far.

/** (Σx)² / (n Σx²) (Jain, Chiu and Hawe 1984): 1 where all have the same, 1/n where one has all. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** What one who waits has had. */
export interface Service {
  readonly turns: number;
  readonly trainedS: number;
}

export interface Fairness {
  /** Jain's index of the seconds of training for each turn. */
  readonly perTurn: number;
  /** By how many turns those who wait differ. */
  readonly turnsApart: number;
}

/**
 * Of those who wait. One slot trains one training at a time, so what they have had must differ by a turn: in the middle
 * of the first round half have had one and half none. So the turns are counted apart from what a turn is worth.
 */
export function fairnessOf(waiting: readonly Service[]): Fairness {
  if (waiting.length === 0) return { perTurn: 1, turnsApart: 0 };
  const turns = waiting.map((one) => one.turns);
  const served = waiting.filter((one) => one.turns > 0);
  return {
    perTurn: jainIndex(served.map((one) => one.trainedS / one.turns)),
    turnsApart: Math.max(...turns) - Math.min(...turns),
  };
}
