import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../tools/demo/server-process.ts';

/** A real pupil's project from the folder beside the repository, or the reason to skip the test. */
export function sharedProject(
  name: string,
): { readonly zip: Buffer; readonly skip: false } | { readonly zip: undefined; readonly skip: string } {
  const file = join(ROOT, '..', 'shared', 'projects', `${name}.zip`);
  if (!existsSync(file))
    return {
      zip: undefined,
      skip: `../shared/projects/${name}.zip is not there: its licence keeps it out of this repository`,
    };
  return { zip: readFileSync(file), skip: false };
}
