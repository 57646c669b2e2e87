import type { JsonLimits, TooMuch } from '../http/json-limits.ts';

/** What a parsed value has too much of. By a stack of its own, as deep nesting is what would break a recursion; ends at the limits. */
export function tooMuchIn(root: object, { maxValues, maxDepth }: JsonLimits): TooMuch | undefined {
  const stack = [{ value: root, depth: 1 }];
  let values = 0;
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (item.depth > maxDepth) return 'depth';
    const inside: unknown[] = Object.values(item.value);
    values += inside.length;
    if (values > maxValues) return 'values';
    for (const value of inside)
      if (typeof value === 'object' && value !== null) stack.push({ value, depth: item.depth + 1 });
  }
  return undefined;
}
