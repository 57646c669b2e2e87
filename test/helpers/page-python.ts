import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../tools/setup/set-up.mjs';
import { FIXTURE_CHILD } from './fixture-child.ts';
import { tempDir } from './temp-dir.ts';

/** What is real: a program finds its modules beside the file that a link leads to. */
const REAL = ['thumbnails.py', 'infer.py'];

/** Trainings of fixtures, whose photos have real small pictures. */
export async function pagePython(): Promise<{ readonly python: string; readonly pythonDir: string }> {
  const pythonDir = await tempDir();
  for (const name of await readdir(FIXTURE_CHILD.pythonDir))
    if (name.endsWith('.py')) await symlink(join(FIXTURE_CHILD.pythonDir, name), join(pythonDir, name));
  for (const name of REAL) await symlink(join(ROOT, 'python', name), join(pythonDir, name));
  return { python: FIXTURE_CHILD.python, pythonDir };
}
