import { join } from 'node:path';
import { noPicture, sampleNotFound } from '../errors.ts';
import { type OpenFile, openFile } from '../files/open-file.ts';
import type { Project } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { Sample } from './sample.ts';
import type { SampleIndex } from './sample-index.ts';

// Finds and opens the file of a sample.

export interface FoundSample {
  readonly path: string;
  /** The caller closes it. */
  readonly opened: OpenFile;
}

/** The file of a sample, or of its picture, open. Rejects with an AppError where it is not in the server's own list. */
export async function findSample(
  { store, index }: { readonly store: Pick<ProjectStore, 'paths'>; readonly index: SampleIndex },
  project: Project,
  sampleId: string,
  fileOf: (sample: Sample) => string,
): Promise<FoundSample> {
  const sample = (await index.of(project)).byId.get(sampleId);
  if (sample === undefined) throw sampleNotFound(sampleId);
  const file = fileOf(sample);
  const path = join(store.paths(project.ref).root, ...file.split('/'));
  const opened = await openFile(path);
  if (opened === undefined) throw file === sample.file ? sampleNotFound(sampleId) : noPicture();
  return { path, opened };
}
