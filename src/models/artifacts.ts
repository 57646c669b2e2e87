import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { boardFiles } from '../boards.ts';
import { artifactMissing, artifactUnknown, modelMissing, notConverted } from '../errors.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import type { Project } from '../projects/project.ts';
import { type OpenFile, openFile } from '../files/open-file.ts';
import { isFile, isFolder } from '../files/tree.ts';

// Opens the files of a finished model for download.

const TRAINED = ['model.pth', 'labels.txt', 'report.json'] as const;
const CONVERTED = [
  'model.onnx',
  'model.param',
  'model.bin',
  'model_opt.param',
  'model_opt.bin',
  'model_opt.table',
  'model_int8.param',
  'model_int8.bin',
  'model_cpu.npz',
  'model.cvimodel',
  'model.mud',
  'model.zip',
] as const;

/** The names that can be asked for; nothing else of output/ is served. */
export const ARTIFACTS: readonly string[] = [...TRAINED, ...CONVERTED];

/** Open a file of the newest model. Rejects with a sentence that says which step is missing. Whoever opens it closes it. */
export async function openArtifact(paths: ProjectPaths, name: string): Promise<OpenFile> {
  if (!ARTIFACTS.includes(name)) throw artifactUnknown(name);
  const artifact = await openOutput(paths, name);
  if (artifact !== undefined) return artifact;
  if (!(await hasModel(paths))) throw modelMissing(404);
  throw artifactMissing(name);
}

/** model.zip, which a conversion makes last. */
export async function openPackage(paths: ProjectPaths): Promise<OpenFile> {
  const artifact = await openOutput(paths, 'model.zip');
  if (artifact !== undefined) return artifact;
  throw (await hasModel(paths)) ? notConverted() : modelMissing(409);
}

export async function hasModel(paths: ProjectPaths): Promise<boolean> {
  for (const folder of placesOf(paths))
    if ((await isFolder(folder)) && (await isFile(join(folder, 'model.pth')))) return true;
  return false;
}

/** Whether every file that the project's board loads is there. */
export async function isConverted(paths: ProjectPaths, project: Pick<Project, 'board' | 'type'>): Promise<boolean> {
  if (!(await isFolder(paths.output))) return false;
  const files = await Promise.all(
    boardFiles(project.board, project.type).map((name) => isFile(join(paths.output, name))),
  );
  return files.every(Boolean);
}

/** Newer of two files' times decides which model answers. */
export async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.NEGATIVE_INFINITY,
  );
}

/** Where to look for the newest model: while one takes the place of another, there is no output/ for a moment. */
function placesOf({ output, nextOutput }: ProjectPaths): readonly string[] {
  return [output, nextOutput, output];
}

/** Links are not followed: neither a folder of the path nor the file may be one. */
async function openOutput(paths: ProjectPaths, name: string): Promise<OpenFile | undefined> {
  if (!(await isFolder(paths.root))) return undefined;
  for (const folder of placesOf(paths)) {
    const artifact = (await isFolder(folder)) ? await openFile(join(folder, name)) : undefined;
    if (artifact !== undefined) return artifact;
  }
  return undefined;
}
