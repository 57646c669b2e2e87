import { signal } from '@preact/signals';
import { cleanName } from '../../src/pupil-name.ts';
import { keptText, parsedName } from './kept-name.ts';
import { forget, recall, remember } from './memory.ts';

// The name that somebody has taken for this browser. Every tab of it has the same.

const PLACE = 'name';

/** Undefined: nobody has taken one. */
export const myName = signal<string | undefined>(parsedName(recall(PLACE)));

/** False: the text can be no name. */
export function takeName(text: string): boolean {
  const name = cleanName(text);
  if (name === undefined) return false;
  remember(PLACE, keptText(name));
  myName.value = name;
  return true;
}

export function dropName(): void {
  forget(PLACE);
  myName.value = undefined;
}

addEventListener('storage', () => {
  myName.value = parsedName(recall(PLACE));
});
