import { type View, viewOf } from '../../src/classroom/view.ts';
import type { Person } from '../../src/client.ts';

/** Somebody at a computer of the class. */
export function person(changes: Partial<Person> = {}): Person {
  return { workspace: '', address: '10.0.0.1', role: 'anybody', name: undefined, ...changes };
}

export const inEnglish: View = viewOf(person(), 'en');
