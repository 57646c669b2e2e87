import { refKey, type ProjectRef } from './project.ts';

/** In memory: which folder each project has, and which project each folder. */
export interface FolderOwners {
  folderOf(ref: ProjectRef): string | undefined;
  /** The id of the project that has this folder. */
  ownerOf(workspace: string, folder: string): string | undefined;
  /** Every folder of a workspace that some project has. */
  foldersIn(workspace: string): Iterable<string>;
  /** From now on the project has this folder. */
  note(ref: ProjectRef, folder: string): string;
  release(ref: ProjectRef): void;
}

export function createFolderOwners(): FolderOwners {
  const folders = new Map<string, string>();
  /** By workspace, folder → id. */
  const owners = new Map<string, Map<string, string>>();
  return {
    folderOf: (ref) => folders.get(refKey(ref)),
    ownerOf: (workspace, folder) => owners.get(workspace)?.get(folder),
    foldersIn: (workspace) => owners.get(workspace)?.keys() ?? [],
    note(ref, folder) {
      folders.set(refKey(ref), folder);
      const known = owners.get(ref.workspace) ?? new Map<string, string>();
      owners.set(ref.workspace, known.set(folder, ref.id));
      return folder;
    },
    release(ref) {
      const folder = folders.get(refKey(ref));
      folders.delete(refKey(ref));
      if (folder !== undefined) owners.get(ref.workspace)?.delete(folder);
    },
  };
}
