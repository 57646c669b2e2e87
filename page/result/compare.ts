import type { Static } from 'typebox';
import type { ModelList } from '../../src/models/earlier-routes.ts';

// Two trainings side by side, apart from their drawing.

export type Model = Static<typeof ModelList>['models'][number];

export interface Counted {
  readonly right: number;
  readonly checked: number;
}

/** A difference that chance makes less often than this is more than chance. */
const RARE = 0.05;

/**
 * How often chance alone makes two counts at least as unlike as these: Fisher's exact test, two-sided (Agresti,
 * "Categorical Data Analysis", § 3.5). It takes the examples of the two trainings for different ones; where they are
 * the same, it is too careful rather than too bold.
 */
export function chanceOf(a: Counted, b: Counted): number {
  const right = a.right + b.right;
  const all = a.checked + b.checked;
  const ways = (part: number) =>
    logChoose(a.checked, part) + logChoose(b.checked, right - part) - logChoose(all, right);
  const seen = ways(a.right) + 1e-9;
  let chance = 0;
  for (let part = Math.max(0, right - b.checked); part <= Math.min(a.checked, right); part += 1)
    if (ways(part) <= seen) chance += Math.exp(ways(part));
  return Math.min(1, chance);
}

export type Verdict = 'unknown' | 'other_labels' | 'same' | 'chance' | 'first' | 'second';

/** Which of two models is better, where that can be said. */
export function verdictOf(a: Model, b: Model): Verdict {
  const [one, other] = [countedOf(a), countedOf(b)];
  if (one === undefined || other === undefined) return 'unknown';
  if (!isSameSet(a.labels, b.labels)) return 'other_labels';
  const [share, otherShare] = [one.right / one.checked, other.right / other.checked];
  if (share === otherShare) return 'same';
  if (chanceOf(one, other) >= RARE) return 'chance';
  return share > otherShare ? 'first' : 'second';
}

export interface Difference {
  readonly name: string;
  readonly values: readonly [unknown, unknown];
}

/** The settings that differ; undefined: those of one are not known. */
export function differencesOf(a: Model, b: Model): Difference[] | undefined {
  const [one, other] = [a.train_config, b.train_config].map((config) => new Map(Object.entries(config)));
  if (one === undefined || other === undefined || one.size === 0 || other.size === 0) return undefined;
  return [...new Set([...one.keys(), ...other.keys()])]
    .map((name): Difference => ({ name, values: [one.get(name), other.get(name)] }))
    .filter(({ values: [before, after] }) => JSON.stringify(before) !== JSON.stringify(after));
}

function countedOf({ result }: Model): Counted | undefined {
  const { right = null, checked = null } = result ?? {};
  return right === null || checked === null || checked === 0 ? undefined : { right, checked };
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}

/** The logarithm of how many ways there are to choose `part` of `all`. */
function logChoose(all: number, part: number): number {
  let sum = 0;
  for (let index = 1; index <= part; index += 1) sum += Math.log((all - part + index) / index);
  return sum;
}
