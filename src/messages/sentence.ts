import { loadCatalogue } from './catalogue.ts';
import type { Language } from './language.ts';
import { render } from './render.ts';

// Makes the sentence for a code and its values.

/** Read from the disk once, when the server starts. */
export const catalogue = loadCatalogue();

/** The sentence of a code with its values. */
export function sentenceOf(
  code: string,
  params: Readonly<Record<string, unknown>> = {},
  language: Language = 'en',
): string {
  return render({ ...params, code }, language, catalogue);
}
