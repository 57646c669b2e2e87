import type { JsonLimits, TooMuch } from '../http/json-limits.ts';

/**
 * Whether a parsed JSON value has too many values or is nested too deeply. It keeps a stack of its own, because deep
 * nesting would break a recursion, and stops at the limits.
 */
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
