import { signal } from '@preact/signals';
import { makeCatalogue, type Catalogue } from '../../src/messages/make-catalogue.ts';
import type { Language } from '../../src/messages/language.ts';
import { render } from '../../src/messages/render.ts';
import { recall, remember } from './memory.ts';
import type { Params, TextKey } from './text-key.ts';

// The language of the page: as the browser asks, until somebody presses the switch.

interface Spoken {
  readonly language: Language;
  readonly catalogue: Catalogue;
}

const LOADERS = { en: () => import('texts:en'), th: () => import('texts:th') } as const;
const spoken = signal<Spoken>({ language: 'en', catalogue: makeCatalogue([]) });

/** The sentence of a key, in the language of the page; whoever shows it is drawn again when that changes. */
export function say(key: TextKey, params: Params = {}): string {
  const { language, catalogue } = spoken.value;
  return render({ ...params, code: key }, language, catalogue);
}

export function language(): Language {
  return spoken.value.language;
}

/** Load the sentences of a language, and show them. */
export async function speak(language: Language): Promise<void> {
  const { default: texts } = await LOADERS[language]();
  spoken.value = {
    language,
    catalogue: makeCatalogue(Object.entries(texts).map(([key, text]) => [key, { en: text, th: text }])),
  };
  document.documentElement.lang = language;
}

export async function switchLanguage(language: Language): Promise<void> {
  remember('language', language);
  await speak(language);
}

export function firstLanguage(): Language {
  const kept = recall('language');
  if (kept === 'en' || kept === 'th') return kept;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.find((tag) => tag === 'en' || tag === 'th') ?? 'en';
}
