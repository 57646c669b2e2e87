import type { CardSection, Say } from './schemas.ts';
import type { CardFacts } from './facts.ts';

const MOST_MIXED_UP = 5;

/** How many answers are right, and what that promises. */
export function rightSection({ type, result, training }: CardFacts, say: Say): CardSection {
  const { right, checked, value, metric, same_answer: label } = result;
  const isCounted = right !== null && checked !== null && checked > 0;
  return {
    title: say('right'),
    lines: [
      ...(isCounted
        ? [
            `${say(type === 'OBJECT_DETECTION' ? 'right_photos' : 'right_count', { right, checked })} ${rangeOf(result, say)}`,
          ]
        : []),
      ...(!isCounted && value !== null ? [say('score', { value, metric: metric ?? '?' })] : []),
      ...(!isCounted && value === null ? [say('right_unknown')] : []),
      ...(label === null ? [] : [say('same_answer', { label })]),
      ...((training.scenes?.twins ?? 0) > 0 ? [say('twins', { count: training.scenes?.twins })] : []),
    ],
  };
}

/** What to expect of 100 new ones, or that it is not known. */
export function rangeOf({ expect_least: least, expect_most: most, uneven = false }: RangeFields, say: Say): string {
  if (least === null || most === null) return say('range_unknown');
  return say(uneven ? 'range_even' : 'range', { least, most });
}

interface RangeFields {
  readonly expect_least: number | null;
  readonly expect_most: number | null;
  readonly uneven?: boolean;
}

/** What was taken for what, the most often first. */
export function mixedUpSection({ type, result, training }: CardFacts, say: Say): CardSection {
  const { labels = [], confusion } = training;
  const title = say('mixed_up');
  if (confusion === undefined) return { title, lines: [say('mixed_up_unknown')] };
  // of boxes the last row and column are what is no thing at all
  const nameOf = (index: number) => labels[index] ?? (type === 'OBJECT_DETECTION' ? say('background') : '?');
  const mistakes = confusion
    .flatMap((row, wanted) => row.map((count, said) => ({ wanted, said, count: wanted === said ? 0 : count })))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  if (mistakes.length === 0) return { title, lines: [say('mixed_up_nothing', { checked: result.checked ?? '?' })] };
  return {
    title,
    lines:
      mistakes.length > MOST_MIXED_UP ? [say('mixed_up_first', { shown: MOST_MIXED_UP, all: mistakes.length })] : [],
    table: {
      head: [say('it_was'), say('it_said'), say('times')],
      rows: mistakes
        .slice(0, MOST_MIXED_UP)
        .map(({ wanted, said, count }) => [nameOf(wanted), nameOf(said), String(count)]),
    },
  };
}
