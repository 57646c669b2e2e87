import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits, readEdits } from './edits.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project, TrainConfig } from './project.ts';
import { writeSynced } from '../files/replace-file.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { syncFolders } from '../files/sync-tree.ts';
import { parseProjectFile } from './project-file.ts';
import { checkTrainConfig, mergeTrainConfig } from './train-config.ts';
import { isFile, linkFile, linkTree, removeTree } from '../files/tree.ts';

/** Freeze the photos and settings that a job uses: a later upload replaces files, never changes one in place. */
export async function takeSnapshot(
  project: Project,
  paths: ProjectPaths,
  jobId: string,
  over: TrainConfig,
): Promise<TrainConfig> {
  const { name, type, board, labels, trainConfig: own } = await readSettings(project, paths);
  const trainConfig = mergeTrainConfig(own, over);
  checkTrainConfig(trainConfig);
  const job = paths.jobPaths(jobId);
  const unfinished = join(job.root, '.input');
  await removeTree(unfinished);
  await mkdir(unfinished, { recursive: true });
  try {
    await linkTree(paths.dataset, join(unfinished, 'dataset'));
    await applyEdits(unfinished, type, await readEdits(paths.edits));
    if (await isFile(paths.datasetFile)) linkFile(paths.datasetFile, join(unfinished, 'dataset.json'));
    const file = {
      id: project.ref.id,
      name,
      projectType: type,
      currentBoard: { id: board },
      labels: labels.map((label) => ({ label })),
      trainConfig,
    };
    await writeSynced(join(unfinished, 'project.json'), JSON.stringify(file));
    await syncFolders(unfinished);
    await rename(unfinished, job.input);
    await syncFolder(job.root);
  } catch (error) {
    await removeTree(unfinished);
    throw error;
  }
  return trainConfig;
}

type Settings = Pick<Project, 'name' | 'type' | 'board' | 'labels' | 'trainConfig'>;

/** The upload was parsed when it came, and upload.json has what counts. Only a project.json that somebody edited since is read again. */
async function readSettings(project: Project, paths: ProjectPaths): Promise<Settings> {
  // something else in its place (a folder, a pipe, a link) changes nothing
  if (!(await isFile(paths.project))) return project;
  const [file, record] = await Promise.all([stat(paths.project), stat(paths.upload)]);
  return file.mtimeMs > record.mtimeMs ? parseProjectFile(await readFile(paths.project)) : project;
}
