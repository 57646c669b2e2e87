import type { Language } from './language.ts';
import { parseTemplate, type Part } from './template.ts';

export type Sentences = Readonly<Record<Language, string>>;

/** Sentences by code (of a notice or error) or by event name. */
export interface Catalogue {
  readonly entries: ReadonlyMap<string, Sentences>;
  /** The parsed sentence; undefined for a code it does not know. */
  find(key: string, language: Language): readonly Part[] | undefined;
}

export function makeCatalogue(sentences: readonly (readonly [string, Sentences])[]): Catalogue {
  const entries = new Map<string, Sentences>();
  for (const [key, sentence] of sentences) if (!entries.has(key)) entries.set(key, sentence);
  const parsed = new Map<string, readonly Part[]>();
  return {
    entries,
    find(key, language) {
      const cacheKey = `${language} ${key}`;
      const known = parsed.get(cacheKey);
      if (known) return known;
      const source = entries.get(key)?.[language];
      if (source === undefined) return undefined;
      const parts = parseTemplate(source);
      parsed.set(cacheKey, parts);
      return parts;
    },
  };
}
