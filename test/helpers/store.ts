import { Readable } from 'node:stream';
import { createProjectStore } from '../../src/projects/disk-store.ts';
import type { Project, ProjectRef } from '../../src/projects/project.ts';
import type { ProjectStore } from '../../src/projects/store.ts';
import { makeProjectZip, type ProjectZipOptions } from './project-zip.ts';
import { tempDir } from './temp-dir.ts';

// A project store on a folder of its own, and uploads to it without HTTP.

export const LIMITS = { maxFiles: 1000, maxUnpackedBytes: 50_000_000 };

export async function makeStore(projectsDir?: string): Promise<{ readonly store: ProjectStore; readonly dir: string }> {
  const dir = projectsDir ?? (await tempDir());
  const store = createProjectStore({ projectsDir: dir, ...LIMITS }, ['']);
  await store.recover();
  return { store, dir };
}

export async function uploadTo(
  store: ProjectStore,
  ref: ProjectRef,
  options: ProjectZipOptions = {},
  address = '10.0.0.7',
): Promise<Project> {
  const incoming = await store.saveIncoming(
    ref.workspace,
    Readable.from([await makeProjectZip({ id: ref.id, ...options })]),
    'project.zip',
  );
  try {
    return await store.commitUpload(ref, incoming, address);
  } finally {
    await incoming.discard();
  }
}
