import { readFileSync, readdirSync } from 'node:fs';
import type { Language } from './language.ts';
import { parseTemplate, type Part } from './template.ts';

export type Sentences = Readonly<Record<Language, string>>;

/** Sentences by code (of a notice or error) or by event name. */
export interface Catalogue {
  readonly entries: ReadonlyMap<string, Sentences>;
  /** The parsed sentence; undefined for a code it does not know. */
  find(key: string, language: Language): readonly Part[] | undefined;
}

const FOLDER = new URL('../../contract/messages/', import.meta.url);

/** All topics of contract/messages as one catalogue. A key in two topics is a mistake that a test finds; the first one counts. */
export function loadCatalogue(): Catalogue {
  const topics = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort();
  return makeCatalogue(topics.flatMap((name) => Object.entries(readTopic(name))));
}

export function readTopic(name: string): Record<string, Sentences> {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Record<string, Sentences>;
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
