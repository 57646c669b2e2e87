import type { Exclusion } from '../files/mutex.ts';
import { DamagedFile, damageOf, setAside } from '../files/own-json.ts';
import { exists, isFolder, removeTree } from '../files/tree.ts';
import { finishErasing } from './erasing.ts';
import { createFolderIndex, type FolderIndex } from './folder-index.ts';
import { projectPaths, type ProjectPaths } from './paths.ts';
import { refKey, type ProjectRef } from './project.ts';
import type { ReportDamage } from './store.ts';
import { finishOutput, finishUpload } from './swap.ts';
import type { WorkspaceFolders } from './workspace-folders.ts';

/** The way to the folder of a project: one task at a time, and never with a move half done. */
export interface ProjectAccess {
  readonly folders: FolderIndex;
  paths(ref: ProjectRef): ProjectPaths;
  /** Alone on one project, with what a crash left undone finished first. */
  exclusively<Value>(ref: ProjectRef, task: (own: ProjectPaths) => Promise<Value>): Promise<Value>;
  /** Put in place what is committed. For a task that has the project for itself. */
  finish(ref: ProjectRef): Promise<void>;
  /** Set damaged files aside, so that the rest can go on. Rejects if a file cannot be read at the moment; it stays where it is. */
  putAside(ref: ProjectRef, path: string, error: unknown): Promise<void>;
}

export function createProjectAccess(
  projectsDir: string,
  workspaces: Pick<WorkspaceFolders, 'newTrash'>,
  report: ReportDamage,
  exclusion: Exclusion,
): ProjectAccess {
  const folders = createFolderIndex(projectsDir);
  const paths = (ref: ProjectRef) => projectPaths(projectsDir, ref.workspace, folders.folderOf(ref));

  const putAside = async (ref: ProjectRef, path: string, error: unknown) => {
    const damage = damageOf(path, error);
    if (damage === undefined) throw error;
    report(ref, damage, await setAside(path));
  };

  const finish = async (ref: ProjectRef) => {
    const own = paths(ref);
    if (!(await isFolder(own.root))) return;
    await finishErasing(own).catch((error: unknown) => putAside(ref, own.erasing, error));
    for (const [pending, complete] of [
      [own.nextUpload, finishUpload],
      [own.nextOutput, finishOutput],
    ] as const) {
      if (!(await exists(pending))) continue;
      const bin = await workspaces.newTrash(ref.workspace);
      try {
        if (!(await isFolder(pending))) throw new DamagedFile(pending, 'it is no folder');
        await complete(own, bin);
      } catch (error) {
        await putAside(ref, pending, error);
      }
      await removeTree(bin);
    }
  };

  return {
    folders,
    paths,
    exclusively: (ref, task) =>
      exclusion.run(refKey(ref), async () => {
        await finish(ref);
        // Asked for only now: the task that was waited for may have made or deleted the folder.
        return task(paths(ref));
      }),
    finish,
    putAside,
  };
}
