import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { clientKey, type Client } from '../client.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { removeTree } from '../files/tree.ts';
import type { Project, ProjectRef } from '../projects/project.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { Job } from './domain/job.ts';
import type { JobIds } from './domain/job-id.ts';
import type { JobRegistry } from './job-registry.ts';
import type { PlaceGiver } from './scheduler.ts';
import type { JobFiles } from './run/job-files.ts';

/** A job as it begins: waiting, at the place in the queue that its client gets now. */
export async function newJob(
  queue: PlaceGiver,
  kind: Job['kind'],
  client: Client,
  project: Project,
  id: string,
): Promise<Job> {
  return {
    id,
    kind,
    state: 'waiting',
    ref: project.ref,
    projectType: project.type,
    board: project.board,
    client,
    owner: project.uploadedBy || client.address,
    inputOf: id,
    place: await queue.placeFor(clientKey(client), id),
    createdAt: Date.now() / 1000,
    attempt: 0,
  };
}

/** Makes the folder of a new job for a task that fills it. Removes it again if the submission is rejected. */
export async function withJobFolder<Value>(
  { store, ids }: { readonly store: Pick<ProjectStore, 'paths'>; readonly ids: JobIds },
  ref: ProjectRef,
  task: (id: string) => Promise<Value>,
): Promise<Value> {
  const id = ids.next();
  const { root } = store.paths(ref).jobPaths(id);
  try {
    const made = await mkdir(root, { recursive: true });
    // the first job of a project also makes the folder of all of them
    if (made !== undefined && made !== root) await syncFolder(dirname(made));
    return await task(id);
  } catch (error) {
    await removeTree(root);
    throw error;
  }
}

/** The job is on disk first, then among the known ones. */
export async function enterJob(
  { files, registry }: { readonly files: Pick<JobFiles, 'write'>; readonly registry: Pick<JobRegistry, 'enter'> },
  job: Job,
): Promise<void> {
  await files.write(job);
  registry.enter(job);
}
