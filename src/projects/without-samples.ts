// Takes samples out of what trainings and conversions say of them: samples.json and report.json (docs/disk.md § output/).

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The text of such a file without whatever is about these files. What is no JSON stays as it is. */
export function withoutSamples(text: string, files: ReadonlySet<string>): string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  let found = false;
  const names = (one: Json) =>
    isObject(one) && [one['file'], one['pair']].some((file) => typeof file === 'string' && files.has(file));
  const without = (one: Json): Json => {
    if (Array.isArray(one)) {
      const left = one.filter((entry: Json) => !names(entry));
      found ||= left.length < one.length;
      return left.map(without);
    }
    if (!isObject(one)) return one;
    const own = Object.fromEntries(Object.entries(one).map(([name, part]) => [name, without(part)]));
    return withFewer(one, own);
  };
  const after = without(value);
  return found ? JSON.stringify(after) : text;
}

/** A finding counts its files, and lists some of them. */
function withFewer(before: { readonly [name: string]: Json }, after: { readonly [name: string]: Json }): Json {
  const [had, has] = [before['files'], after['files']];
  const count = before['count'];
  if (typeof count !== 'number' || !Array.isArray(had) || !Array.isArray(has)) return after;
  return { ...after, count: count - (had.length - has.length) };
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
