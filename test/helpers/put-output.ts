import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestApp } from './build-test-app.ts';

/** Put a file in the output of a project, in the place of the fixture's, whole as Python's are. */
export async function putOutput(
  { config }: Pick<TestApp, 'config'>,
  id: string,
  name: string,
  content: object,
): Promise<void> {
  const output = join(config.projectsDir, id, 'output');
  await mkdir(output, { recursive: true });
  await writeFile(join(output, `${name}.new`), JSON.stringify(content));
  await rename(join(output, `${name}.new`), join(output, name));
}
