import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBreather } from '../files/breathe.ts';
import { isFile } from '../files/tree.ts';
import type { ProjectType } from '../projects/project.ts';
import { distinctName, storedName } from '../projects/stored-name.ts';
import { ifThere } from '../files/if-there.ts';
import { findStored } from './find-stored.ts';
import { type Sample, sampleIdOf } from './sample.ts';

// Lists the photos or clips of a data set as the trainings find them (python/mai/data/label_folders.py, voc.py).

/** Files that operating systems put beside photos. */
const SYSTEM_FILES = new Set(['thumbs.db', 'desktop.ini']);
/** Where the samples lie below dataset/. */
const ROOT: Readonly<Record<ProjectType, readonly string[]>> = {
  IMAGE_CLASSIFICATION: [],
  OBJECT_DETECTION: ['JPEGImages'],
  VOICE_CLASSIFICATION: ['sound'],
};

/** Every sample of the folder `dataset`, in the order of their names. */
export async function listSamples(dataset: string, type: ProjectType, labels: readonly string[]): Promise<Sample[]> {
  const root = ROOT[type];
  const folders =
    type === 'OBJECT_DETECTION' ? [{ path: root, label: undefined }] : await labelFolders(dataset, root, labels);
  const samples: Sample[] = [];
  const breathe = createBreather();
  for (const { path, label } of folders) {
    for (const entry of await entriesOf(join(dataset, ...path))) {
      if (!entry.isFile() || entry.name.startsWith('.') || SYSTEM_FILES.has(entry.name.toLowerCase())) continue;
      const file = ['dataset', ...path, entry.name].join('/');
      samples.push({ id: sampleIdOf(file), file, label });
      await breathe();
    }
  }
  return samples.sort((a, b) => (a.file < b.file ? -1 : 1));
}

interface LabelFolder {
  readonly path: readonly string[];
  readonly label: string;
}

/** The folder of one label, as its parts below the project; if it has none yet, the one that an upload would make. */
export async function folderOfLabel(
  dataset: string,
  type: ProjectType,
  labels: readonly string[],
  label: string,
): Promise<readonly string[]> {
  const found = (await labelFolders(dataset, ROOT[type], labels)).find((folder) => folder.label === label);
  return ['dataset', ...(found?.path ?? (await newFolder(dataset, ROOT[type], label)))];
}

/** A label may have the name of a file that lies where its folder would. */
async function newFolder(dataset: string, root: readonly string[], label: string): Promise<readonly string[]> {
  const path = [...root];
  for (const part of label.split('/').filter((name) => name !== '')) {
    const name = storedName(part);
    path.push((await isFile(join(dataset, ...path, name))) ? distinctName(part) : name);
  }
  return path;
}

/** A label with slashes is folders within folders. Of two labels with one folder the first has its files. */
async function labelFolders(
  dataset: string,
  root: readonly string[],
  labels: readonly string[],
): Promise<LabelFolder[]> {
  const found: LabelFolder[] = [];
  const search = async (path: readonly string[], wanted: readonly { label: string; rest: readonly string[] }[]) => {
    const here = wanted.find(({ rest }) => rest.length === 0);
    if (here !== undefined) found.push({ path, label: here.label });
    const below = wanted.filter(({ rest }) => rest.length > 0);
    if (below.length === 0) return;
    const names = [...new Set(below.map(({ rest: [first = ''] }) => first))];
    const folders = (await entriesOf(join(dataset, ...path))).filter((entry) => entry.isDirectory());
    for (const [name, folder] of findStored(folders.map((entry) => entry.name).sort(), names)) {
      const inside = below.filter(({ rest: [first] }) => first === name);
      await search(
        [...path, folder],
        inside.map(({ label, rest }) => ({ label, rest: rest.slice(1) })),
      );
    }
  };
  await search(
    root,
    labels.map((label) => ({ label, rest: label.split('/').filter((part) => part !== '') })),
  );
  return found;
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return ifThere(readdir(folder, { withFileTypes: true }), []);
}
