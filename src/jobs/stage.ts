import { join } from 'node:path';
import type { ProjectPaths } from '../projects/paths.ts';
import { isFile } from '../files/tree.ts';
import type { Stage } from './job-service.ts';

// Finds out how far a project is, from the files in its folder.

/** What only a conversion leaves: the package of every board, the file of each. */
const CONVERTED = ['model.zip', 'model_int8.bin', 'model_cpu.npz'];

/** The stage of the newest model on disk. output/ is replaced as a whole, so one file shows it. */
export async function stageOnDisk(paths: ProjectPaths): Promise<Stage> {
  if (!(await isFile(join(paths.output, 'model.pth')))) return 0;
  const found = await Promise.all(CONVERTED.map((name) => isFile(join(paths.output, name))));
  return found.includes(true) ? 5 : 3;
}
