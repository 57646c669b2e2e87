import { signal } from '@preact/signals';
import { cleanName } from '../../src/pupil-name.ts';
import { forget, recall, remember } from './memory.ts';

// The name that somebody has taken for this browser. Every tab of it has the same.

const PLACE = 'name';
const VERSION = 1;

/** Undefined: nobody has taken one. */
export const myName = signal<string | undefined>(parsed(recall(PLACE)));

/** False: the text can be no name. */
export function takeName(text: string): boolean {
  const name = cleanName(text);
  if (name === undefined) return false;
  remember(PLACE, JSON.stringify({ version: VERSION, name }));
  myName.value = name;
  return true;
}

export function dropName(): void {
  forget(PLACE);
  myName.value = undefined;
}

addEventListener('storage', () => {
  myName.value = parsed(recall(PLACE));
});

/** What another version of the page kept, or somebody wrote by hand, counts only if it is a name. */
export function parsed(kept: string | undefined): string | undefined {
  try {
    const { version, name } = JSON.parse(kept ?? '{}') as { readonly version?: unknown; readonly name?: unknown };
    return version === VERSION && typeof name === 'string' ? cleanName(name) : undefined;
  } catch {
    return undefined;
  }
}
