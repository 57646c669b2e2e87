import type { Language } from './language.ts';

const UNITS: Readonly<Record<Language, readonly [second: string, minute: string, hour: string]>> = {
  en: ['s', 'min', 'h'],
  th: ['วินาที', 'นาที', 'ชั่วโมง'],
};

/** A number as people read it: whole numbers as they are, others to three figures at most. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Seconds as people say them: 8 s, 3 min, 1 h 20 min. Below ten seconds a tenth counts. */
export function formatDuration(seconds: number, language: Language): string {
  if (!Number.isFinite(seconds)) return '?';
  const [second, minute, hour] = UNITS[language];
  if (seconds < 10) return `${formatNumber(Math.round(seconds * 10) / 10)} ${second}`;
  if (seconds < 90) return `${Math.round(seconds)} ${second}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} ${minute}`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} ${hour}${rest ? ` ${rest} ${minute}` : ''}`;
}

/** Values of a list, the first few of a long one. */
export function formatList(items: readonly string[], language: Language, limit = 12): string {
  const shown = items.slice(0, limit).join(', ');
  const more = items.length - limit;
  if (more <= 0) return shown;
  return language === 'th' ? `${shown} และอีก ${more}` : `${shown} and ${more} more`;
}
