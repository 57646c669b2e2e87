import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../tools/setup/set-up.mjs';
import { FIXTURE_CHILD } from './fixture-child.ts';
import { tempDir } from './temp-dir.ts';

/** Which folder has the process that answers: real, or one that answers as test/fixtures/inference says. */
const ANSWERS = { real: 'python', scripted: join('test', 'fixtures', 'inference') } as const;

/** Trainings of fixtures, whose photos have real small pictures. */
export async function pagePython(
  answers: keyof typeof ANSWERS = 'real',
): Promise<{ readonly python: string; readonly pythonDir: string }> {
  const pythonDir = await tempDir();
  for (const name of await readdir(FIXTURE_CHILD.pythonDir))
    if (name.endsWith('.py')) await symlink(join(FIXTURE_CHILD.pythonDir, name), join(pythonDir, name));
  // a program finds its modules beside the file that a link leads to
  await symlink(join(ROOT, 'python', 'thumbnails.py'), join(pythonDir, 'thumbnails.py'));
  await symlink(join(ROOT, ANSWERS[answers], 'infer.py'), join(pythonDir, 'infer.py'));
  return { python: FIXTURE_CHILD.python, pythonDir };
}
