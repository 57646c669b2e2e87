import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './benchmark.ts';
import { withServer, type RunningServer } from './running-server.ts';

export const PROJECT = 'bench';
/** The IDE's default network. Its accuracy does not matter here, so one epoch from random weights is enough. */
export const CONFIG = { modelType: 'resnet18', epochs: 1 };
export const ENVIRONMENT = { MAI_MISSING_WEIGHTS: 'random' };

export interface Trained {
  readonly projectsDir: string;
  readonly data: string;
  /** A photo of the data set. */
  readonly photo: string;
}

const known = new WeakMap<Bench, Promise<Trained>>();

/** A folder of projects in which ResNet-18 was trained on dog_cat; made once for all benchmarks of a run. */
export function trainedProject(bench: Bench): Promise<Trained> {
  const trained = known.get(bench) ?? make(bench);
  known.set(bench, trained);
  return trained;
}

async function make(bench: Bench): Promise<Trained> {
  const { zip, data } = await bench.projects.sample('dog_cat');
  const projectsDir = await bench.tempDir();
  await withServer(projectsDir, ENVIRONMENT, async (server) => {
    await server.upload(PROJECT, zip);
    await server.train(PROJECT, CONFIG, 'train_end');
  });
  const [photo] = await photosOf(projectsDir);
  return { projectsDir, data, photo: photo ?? '' };
}

/** Paths of the project's photos, alternating between the labels. */
export async function photosOf(projectsDir: string): Promise<string[]> {
  const dataset = join(projectsDir, PROJECT, 'dataset');
  const labels = (await readdir(dataset, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const lists = await Promise.all(
    labels.map(async ({ name }) => (await readdir(join(dataset, name))).map((file) => join(dataset, name, file))),
  );
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, row) => lists.flatMap((list) => list[row] ?? [])).flat();
}

/** Convert once and wait. */
export async function convert(server: RunningServer, project = PROJECT): Promise<void> {
  const { result, reason } = await server.ide.convert(project);
  if (result !== 'OK') throw new Error(reason ?? result);
}

/** A folder with `count` of the project's photos and nothing else. */
export async function photoFolder(bench: Bench, projectsDir: string, count: number): Promise<string> {
  const folder = join(await bench.tempDir(), 'photos');
  await mkdir(folder);
  const photos = (await photosOf(projectsDir)).slice(0, count);
  await Promise.all(photos.map((path, n) => copyFile(path, join(folder, `${n}.${path.split('.').at(-1) ?? 'jpg'}`))));
  return folder;
}
