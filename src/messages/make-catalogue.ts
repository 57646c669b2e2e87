import type { Language } from './language.ts';
import { parseTemplate, type Part } from './template.ts';

// Makes the catalogue of sentences: for each code one in English and one in Thai.

export interface Sentences extends Readonly<Record<Language, string>> {
  /** The English sentence where `count` is 1: "1 photo is", not "1 photos are". Thai needs none. */
  readonly one?: string;
}

/** Sentences by code (of a notice or error) or by event name. */
export interface Catalogue {
  readonly entries: ReadonlyMap<string, Sentences>;
  /** The parsed sentence; undefined for a code it does not know. */
  find(key: string, language: Language, isOne?: boolean): readonly Part[] | undefined;
}

export function makeCatalogue(sentences: readonly (readonly [string, Sentences])[]): Catalogue {
  const entries = new Map<string, Sentences>();
  for (const [key, sentence] of sentences) if (!entries.has(key)) entries.set(key, sentence);
  const parsed = new Map<string, readonly Part[]>();
  return {
    entries,
    find(key, language, isOne = false) {
      const entry = entries.get(key);
      const form = isOne && language === 'en' && entry?.one !== undefined ? 'one' : language;
      const cacheKey = `${form} ${key}`;
      const known = parsed.get(cacheKey);
      if (known) return known;
      const source = entry?.[form];
      if (source === undefined) return undefined;
      const parts = parseTemplate(source);
      parsed.set(cacheKey, parts);
      return parts;
    },
  };
}
