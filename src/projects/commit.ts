import { mkdir, rename } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { syncFolder } from '../files/sync-folder.ts';
import { syncTree } from '../files/sync-tree.ts';
import { isFolder, removeTree } from '../files/tree.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project, ProjectRef } from './project.ts';
import type { ClassroomRoom } from './classroom-room.ts';
import type { ProjectAccess } from './project-access.ts';
import type { IncomingFile } from './store.ts';
import { unpackUpload } from './unpack-upload.ts';
import { projectOf } from './upload-record.ts';
import { removeIfEmpty, type WorkspaceFolders } from './workspace-folders.ts';
import type { ZipLimits } from './zip/read.ts';

// Two things replace what a project has: an upload its data set, a finished job its output. Both are made beside it,
// synced, and committed by one rename; ProjectAccess.finish then moves them into place.

export interface UploadCommitOptions {
  readonly access: ProjectAccess;
  readonly workspaces: Pick<WorkspaceFolders, 'newIncoming'>;
  readonly limits: ZipLimits;
  readonly room: Pick<ClassroomRoom, 'admit'>;
  /** How many uploads are unpacked at once. */
  readonly inTurns: LimitFunction;
}

/** Check and unpack an upload, and put it into its project. If anything is wrong, the project stays as it was. */
export async function commitUpload(
  { access, workspaces, limits, room, inTurns }: UploadCommitOptions,
  ref: ProjectRef,
  zip: IncomingFile,
  address: string,
): Promise<Project> {
  const staged = await workspaces.newIncoming(ref.workspace);
  const upload = join(staged, 'upload');
  try {
    const record = await inTurns(async () => {
      const unpacked = await unpackUpload(zip.path, upload, limits, { id: ref.id, address });
      await zip.discard(); // or the sync would write it to the disk as well, for twice the time
      await syncTree(upload);
      return unpacked;
    });
    await room.admit(ref, upload, () => access.exclusively(ref, () => putIntoProject(access, ref, upload)));
    return projectOf(ref, record);
  } finally {
    await removeTree(staged);
  }
}

/** The folder of a project is made by its first upload. */
async function putIntoProject({ folders, paths, finish }: ProjectAccess, ref: ProjectRef, upload: string) {
  folders.claim(ref);
  const { root, nextUpload } = paths(ref);
  try {
    const made = await mkdir(root, { recursive: true });
    await rename(upload, nextUpload);
    await syncFolder(root);
    if (made !== undefined) await syncFolder(dirname(root));
  } catch (error) {
    await removeIfEmpty(root);
    if (!(await isFolder(root))) folders.release(ref);
    throw error;
  }
  await finish(ref);
}

/** Put a finished folder, which lies inside the project, in the place of its output/. */
export async function commitOutput(
  { finish }: Pick<ProjectAccess, 'finish'>,
  ref: ProjectRef,
  own: ProjectPaths,
  stagedDir: string,
): Promise<void> {
  const inside = relative(own.root, stagedDir);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside))
    throw new Error('an output must be staged inside its project');
  await syncTree(stagedDir);
  await rename(stagedDir, own.nextOutput);
  await syncFolder(own.root);
  await finish(ref);
}
