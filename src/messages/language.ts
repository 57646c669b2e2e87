import Negotiator from 'negotiator';

export type Language = 'en' | 'th';

/** The first is taken where the reader wants neither. */
const LANGUAGES: readonly Language[] = ['en', 'th'];

/** The language a reader wants, from Accept-Language: the one with the highest q among those we have. */
export function chooseLanguage(acceptLanguage = ''): Language {
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage } }).language([...LANGUAGES]);
  return LANGUAGES.find((language) => language === wanted) ?? 'en';
}
