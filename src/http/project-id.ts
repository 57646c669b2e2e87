import { Type } from 'typebox';
import { invalidProjectId } from '../errors.ts';

/** Projects of before March 2024 have ids that begin with their name, and the IDE cannot change them. */
export const MAX_PROJECT_ID_CHARACTERS = 200;
/** The longest id as it stands in an address: every character four bytes, every byte `%XX`. */
export const MAX_ENCODED_PROJECT_ID = MAX_PROJECT_ID_CHARACTERS * 4 * 3;

/** What no id may hold: separators of paths, control characters, halves of a character (they have no UTF-8). */
const FORBIDDEN = /[/\\\p{Cc}\p{Surrogate}]/u;

/** Any text of 1 to 200 characters that is no path. */
export function isProjectId(id: string): boolean {
  return id !== '' && id !== '.' && id !== '..' && !FORBIDDEN.test(id) && [...id].length <= MAX_PROJECT_ID_CHARACTERS;
}

/** Throws an AppError that says what an id may be. */
export function checkProjectId(id: string): string {
  if (!isProjectId(id)) throw invalidProjectId(id);
  return id;
}

/** A text that the routes hand to `checkProjectId`: people understand its sentence. */
export const projectIdSchema = (what: string) =>
  Type.String({
    description: `${what}: 1 to 200 characters, without / and \\ and control characters, and not . or .. alone.`,
  });

export const ProjectIdSchema = projectIdSchema('Project id');
