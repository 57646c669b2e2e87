/** Far more than any project needs; beyond it whoever writes the value again recurses too deep. */
export const MAX_DEPTH = 100;

interface Nested {
  readonly value: object;
  readonly depth: number;
}

/** Every object and list within a value, itself included, by a stack of its own, as deep nesting is what would break a recursion. */
export function* objectsIn(root: object): Generator<Nested> {
  const stack: Nested[] = [{ value: root, depth: 1 }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    yield item;
    for (const value of Object.values(item.value)) {
      if (typeof value === 'object' && value !== null) stack.push({ value, depth: item.depth + 1 });
    }
  }
}
