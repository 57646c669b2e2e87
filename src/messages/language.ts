export type Language = 'en' | 'th';

/** The language a reader wants, from Accept-Language; the highest q among those we have, English otherwise. */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  let best: { language: Language; quality: number } | undefined;
  for (const part of (acceptLanguage ?? '').split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = languageOf(tag.trim());
    const quality = qualityOf(parameters);
    if (language && quality > 0 && (!best || quality > best.quality)) best = { language, quality };
  }
  return best?.language ?? 'en';
}

function languageOf(tag: string): Language | undefined {
  const primary = tag.split('-')[0];
  if (primary === 'th') return 'th';
  return primary === 'en' || primary === '*' ? 'en' : undefined;
}

function qualityOf(parameters: readonly string[]): number {
  const q = parameters.map((parameter) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/.exec(parameter)).find(Boolean);
  if (q) return Math.min(1, Number(q[1]));
  return parameters.some((parameter) => /^\s*q\s*=/.test(parameter)) ? 0 : 1;
}
