/**
 * Labels in the order of the model's classes. The board's program holds the quoted labels as
 * JavaScript sorts them, and reads the model's outputs by that order: any other swaps names.
 * The quotation mark takes part, so "cat 2" comes before "cat". python/mai/class_order.py is the same.
 */
export function classOrder(labels: Iterable<string>): string[] {
  return Array.from(labels, (label) => `"${label}"`)
    .sort()
    .map((quoted) => quoted.slice(1, -1));
}
