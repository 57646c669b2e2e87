/** With a hundred thousand that wait, not all are looked for each time: those that are next, and the others in turns. */
export function someOf<Item>(all: readonly Item[], looks: number, most = 1_000): readonly Item[] {
  const others = all.slice(most);
  const parts = Math.max(1, Math.ceil(others.length / most));
  const from = (looks % parts) * most;
  return [...all.slice(0, most), ...others.slice(from, from + most)];
}
