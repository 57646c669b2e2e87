import type { Language } from './language.ts';
import type { Catalogue } from './catalogue.ts';
import { formatDuration, formatList, formatNumber } from './format.ts';
import type { Part } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The sentence for an event: by the code of a notice or error, else by its name; its own English `msg` where the catalogue does not know it. */
export function render(event: Fields, language: Language, catalogue: Catalogue): string {
  const key = String(event.code ?? event.event);
  const parts = catalogue.find(key, language, event['count'] === 1);
  const own = typeof event.msg === 'string' ? event.msg : undefined;
  const sentence = parts && fill(parts, event, key, language, catalogue);
  return sentence ?? own ?? key;
}

/** undefined where a parameter is missing that the sentence cannot do without. What is optional is left out where its parameter is empty. */
function fill(
  parts: readonly Part[],
  fields: Fields,
  key: string,
  language: Language,
  catalogue: Catalogue,
  isOptional = false,
): string | undefined {
  let sentence = '';
  for (const part of parts) {
    if ('text' in part) sentence += part.text;
    else if ('optional' in part) sentence += fill(part.optional, fields, key, language, catalogue, true) ?? '';
    else {
      const value = fields[part.param];
      if (isOptional && isEmpty(value, part.format)) return undefined;
      const text = format(value, part.format, `${key}.${part.param}`, language, catalogue);
      if (text === undefined) return undefined;
      sentence += text;
    }
  }
  return sentence;
}

/** No text, and a time that would be "0 s". */
function isEmpty(value: unknown, how: string | undefined): boolean {
  return value === '' || (how === 'duration' && typeof value === 'number' && value < 0.5);
}

/** A list of things is written item by item with the sentence named `<key>.<param>`; an empty one counts as missing. */
function format(
  value: unknown,
  how: string | undefined,
  itemKey: string,
  language: Language,
  catalogue: Catalogue,
): string | undefined {
  if (value === undefined || value === null) return undefined;
  // Says nothing itself, but decides whether the optional part it stands in is said.
  if (how === 'if') return value === false ? undefined : '';
  if (typeof value === 'number') return how === 'duration' ? formatDuration(value, language) : formatNumber(value);
  if (typeof value === 'string') return how === 'name' ? nameOf(value, itemKey, language, catalogue) : value;
  if (typeof value === 'boolean') return String(value);
  const items = Array.isArray(value) ? value : Object.keys(value);
  if (items.length === 0) return undefined;
  if (how === 'count') return String(items.length);
  const itemParts = catalogue.find(itemKey, language);
  const texts = items.map((item: unknown) => {
    if (typeof item === 'object' && item !== null)
      return (itemParts && fill(itemParts, item as Fields, itemKey, language, catalogue)) ?? JSON.stringify(item);
    return typeof item === 'number' ? formatNumber(item) : String(item);
  });
  return formatList(texts, language);
}

/** A word of the contract as people call it: the sentence named `<param>.<word>`, the word itself where there is none. */
function nameOf(word: string, itemKey: string, language: Language, catalogue: Catalogue): string {
  const parts = catalogue.find(`${itemKey.slice(itemKey.lastIndexOf('.') + 1)}.${word}`, language);
  return (parts && fill(parts, {}, itemKey, language, catalogue)) ?? word;
}
