import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFile, linkFile, linkTree } from '../files/tree.ts';
import type { ProjectPaths } from './paths.ts';

/** Hard links to what a project has at one moment. Nothing changes a file in place, so they stay what they were. */
export interface FrozenProject {
  /** As in a project: project.json, dataset.json, dataset/, output/. */
  readonly root: string;
  discard(): Promise<void>;
}

/** Link the upload, and those of the named files that output/ has. For a task that has the project for itself. */
export async function freezeProject(paths: ProjectPaths, root: string, outputFiles: readonly string[]): Promise<void> {
  const output = join(root, 'output');
  await mkdir(output, { recursive: true });
  for (const name of outputFiles)
    if (await isFile(join(paths.output, name))) linkFile(join(paths.output, name), join(output, name));
  for (const [from, name] of [
    [paths.project, 'project.json'],
    [paths.datasetFile, 'dataset.json'],
  ] as const)
    if (await isFile(from)) linkFile(from, join(root, name));
  await linkTree(paths.dataset, join(root, 'dataset'));
}
