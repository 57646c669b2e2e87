import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectPaths } from './paths.ts';
import type { ProjectRef, TrainConfig } from './project.ts';
import { parseProjectFile } from './project-file.ts';
import { checkTrainConfig, mergeTrainConfig } from './train-config.ts';
import { isFile, linkFile, linkTree, removeTree } from './tree.ts';

/** Freeze the photos and settings that a job uses: a later upload replaces files, never changes one in place. */
export async function takeSnapshot(ref: ProjectRef, paths: ProjectPaths, jobId: string, over: TrainConfig): Promise<TrainConfig> {
  const file = parseProjectFile(await readFile(paths.project));
  const trainConfig = mergeTrainConfig(file.trainConfig, over);
  checkTrainConfig(trainConfig);
  const job = paths.jobPaths(jobId);
  const unfinished = join(job.root, '.input');
  await removeTree(unfinished);
  await mkdir(unfinished, { recursive: true });
  try {
    await linkTree(paths.dataset, join(unfinished, 'dataset'));
    if (await isFile(paths.datasetFile)) linkFile(paths.datasetFile, join(unfinished, 'dataset.json'));
    await writeFile(join(unfinished, 'project.json'), JSON.stringify({ ...file.content, id: ref.id, trainConfig }));
    await rename(unfinished, job.input);
  } catch (error) {
    await removeTree(unfinished);
    throw error;
  }
  return trainConfig;
}
