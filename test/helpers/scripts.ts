import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Arguments of Node that run a script of test/fixtures: as `npm test` has translated it and runs it, else from its source. */
export function scriptArguments(name: 'job-server' | 'server' | 'backup'): string[] {
  const built = process.env['KIDBRIGHT_TEST_BUILD'];
  if (built !== undefined) {
    const flags = process.execArgv.filter((flag) => flag.startsWith('--interrupt-budget'));
    return [...flags, join(built, 'test', 'fixtures', `${name}.js`)];
  }
  return ['--import', 'tsx', fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url))];
}
