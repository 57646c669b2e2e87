import { cleanName } from '../../src/pupil-name.ts';

// The form in which a browser keeps a name.

const VERSION = 1;

export function keptText(name: string): string {
  return JSON.stringify({ version: VERSION, name });
}

/** What another version of the page kept, or somebody wrote by hand, counts only if it is a name. */
export function parsedName(kept: string | undefined): string | undefined {
  try {
    const { version, name } = JSON.parse(kept ?? '{}') as { readonly version?: unknown; readonly name?: unknown };
    return version === VERSION && typeof name === 'string' ? cleanName(name) : undefined;
  } catch {
    return undefined;
  }
}
