import { language } from './language.ts';

const LOCALES = { en: 'en-GB', th: 'th-TH' } as const;

/** Seconds since the epoch as a short date and time. */
export function timeOf(seconds: number): string {
  const format = new Intl.DateTimeFormat(LOCALES[language()], { dateStyle: 'short', timeStyle: 'short' });
  return format.format(new Date(seconds * 1000));
}

/** Seconds since the epoch as a date in words. */
export function dateOf(seconds: number): string {
  return new Intl.DateTimeFormat(LOCALES[language()], { dateStyle: 'long' }).format(new Date(seconds * 1000));
}
