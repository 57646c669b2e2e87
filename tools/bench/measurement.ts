/** What a benchmark found; `reportLine` makes one line of it. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** One value per repeat. */
  readonly values: readonly number[];
  /** What was measured: which photos, which network. */
  readonly data: string;
  /**
   * What it is compared with, measured in the same run. If both were taken in turns, values with the same index
   * belong together: a machine that gets slower meanwhile affects both.
   */
  readonly against?: { readonly what: string; readonly values: readonly number[]; readonly inTurns?: boolean };
  /** A field of the line, `<=` or `>=`, a number: `median <= 5`, `mean >= -2`. */
  readonly goal?: string;
  /** Further numbers that belong to it. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Of more values than these only the spread is kept: a line of 11,000 answer times helps nobody. */
const MOST_PRINTED = 200;

/** When, where and how something was measured. */
export interface Surroundings {
  readonly date: Date;
  readonly commit: string;
  readonly machine: object;
  /** What measures it again. */
  readonly command: string;
}

/**
 * One measurement as the flat JSON object that is printed and recorded. `ratio` is its median divided by the median
 * of what it is compared with. For values taken in turns it is the median of the pairs' ratios, with the smallest
 * and the largest.
 */
export function reportLine(
  { name, unit, values, data, against, goal, details }: Measurement,
  { date, ...surroundings }: Surroundings,
): Record<string, unknown> {
  const line: Record<string, unknown> = {
    date: date.toISOString().slice(0, 10),
    ...surroundings,
    name,
    unit,
    ...(values.length <= MOST_PRINTED ? { values: values.map(round) } : {}),
    ...spread(values),
    ...average(values),
    data,
  };
  if (against) {
    const other = spread(against.values);
    Object.assign(
      line,
      { against: { what: against.what, ...other } },
      against.inTurns ? ratios(values, against.values) : { ratio: round(spread(values).median / other.median) },
    );
  }
  Object.assign(line, details);
  if (goal) Object.assign(line, { goal, met: isMet(goal, line) });
  return line;
}

function ratios(values: readonly number[], others: readonly number[]): Record<string, number> {
  if (values.length !== others.length) throw new Error(`${values.length} values taken in turns with ${others.length}`);
  const { median, min, max } = spread(values.map((value, n) => value / (others[n] ?? Number.NaN)));
  return { ratio: median, ratio_min: min, ratio_max: max };
}

export function spread(values: readonly number[]): { median: number; min: number; max: number; repeats: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: round(quantile(sorted, 0.5)),
    min: round(sorted[0] ?? 0),
    max: round(sorted.at(-1) ?? 0),
    repeats: sorted.length,
  };
}

/** The mean and its standard error, where there is more than one value. */
export function average(values: readonly number[]): { mean: number; standard_error?: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean: round(mean) };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean: round(mean), standard_error: round(Math.sqrt(variance / values.length)) };
}

/** The quantile of sorted values, with linear interpolation. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
}

/** Four significant figures are more than any of these measurements reproduces. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}

function isMet(goal: string, line: Readonly<Record<string, unknown>>): boolean {
  const parts = /^(\w+) (<=|>=) (-?[\d.]+)$/.exec(goal);
  if (!parts) throw new Error(`the goal "${goal}" is no "field <= number"`);
  const value = Number(line[parts[1] ?? '']);
  return parts[2] === '<=' ? value <= Number(parts[3]) : value >= Number(parts[3]);
}
