import Negotiator from 'negotiator';

// Chooses the language of an answer: English or Thai.

/** A reader who wants neither gets the first. */
export const LANGUAGES = ['en', 'th'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language that a request asks for by name, else by Accept-Language. */
export function languageOf(
  { headers }: { readonly headers: { readonly 'accept-language'?: string | undefined } },
  wanted: Language | undefined,
): Language {
  return wanted ?? chooseLanguage(headers['accept-language']);
}

/** The language a reader wants, from Accept-Language: the one with the highest q among those we have. */
export function chooseLanguage(acceptLanguage = ''): Language {
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage } }).language([...LANGUAGES]);
  return LANGUAGES.find((language) => language === wanted) ?? 'en';
}
