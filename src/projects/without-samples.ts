// Takes samples out of what trainings and conversions say of them: samples.json and report.json (docs/disk.md § output/).

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Their entries are names of files; those of other lists, such as labels, only look like one. */
const LISTS_OF_NAMES: ReadonlySet<string> = new Set(['samples', 'files']);

/** The text of such a file without whatever is about these files. What is no JSON stays as it is. */
export function withoutSamples(text: string, files: ReadonlySet<string>): string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  let found = false;
  const isOne = (name: Json | undefined) => typeof name === 'string' && files.has(name);
  // a plain name stands in the list of the photos that a conversion was measured with
  const isAbout = (one: Json, list: string) =>
    isObject(one) ? isOne(one['file']) || isOne(one['pair']) : LISTS_OF_NAMES.has(list) && isOne(one);
  const without = (one: Json, list: string): Json => {
    if (Array.isArray(one)) {
      const left = one.filter((entry: Json) => !isAbout(entry, list));
      found ||= left.length < one.length;
      return left
        .map((entry: Json) => [entry, without(entry, list)] as const)
        .filter(isLeft)
        .map(([, after]) => after);
    }
    if (!isObject(one)) return one;
    const own = Object.fromEntries(Object.entries(one).map(([name, part]) => [name, without(part, name)]));
    return withFewer(one, own);
  };
  const after = without(value, '');
  return found ? JSON.stringify(after) : text;
}

/** A finding counts its files, and lists some of them. */
function withFewer(before: { readonly [name: string]: Json }, after: { readonly [name: string]: Json }): Json {
  const [had, has] = [before['files'], after['files']];
  const count = before['count'];
  if (typeof count !== 'number' || !Array.isArray(had) || !Array.isArray(has)) return after;
  return { ...after, count: count - (had.length - has.length) };
}

/** A finding goes with the last file that it was about. */
function isLeft([before, after]: readonly [Json, Json]): boolean {
  if (!isObject(before) || !isObject(after)) return true;
  return !(typeof before['count'] === 'number' && before['count'] > 0 && after['count'] === 0);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
