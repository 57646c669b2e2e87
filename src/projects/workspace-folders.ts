import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeTree } from '../files/tree.ts';
import { isProjectFolder } from './folder-name.ts';
import { workspaceRoot } from './paths.ts';
import type { IncomingFile } from './store.ts';

// Folders beside the projects of a classroom: for what is arriving and for what is being deleted.

/** Small parts of an upload are written together. */
const WRITE_BYTES = 1_000_000;

/** What lies beside the projects of a classroom: uploads on their way in, and what is being deleted. */
export interface WorkspaceFolders {
  rootOf(workspace: string): string;
  /** A new folder for an upload that is not checked yet. Whoever asked for it removes it. */
  newIncoming(workspace: string): Promise<string>;
  /** A new folder for what is to be deleted. Whoever asked for it removes it. */
  newTrash(workspace: string): Promise<string>;
  save(workspace: string, stream: Readable, name: string): Promise<IncomingFile>;
  sweepIncoming(workspace: string): Promise<void>;
  sweepTrash(workspace: string): Promise<void>;
}

export function createWorkspaceFolders(projectsDir: string): WorkspaceFolders {
  const rootOf = (workspace: string) => workspaceRoot(projectsDir, workspace);
  const incoming = (workspace: string) => join(rootOf(workspace), '.incoming');
  const trash = (workspace: string) => join(rootOf(workspace), '.trash');
  return {
    rootOf,
    newIncoming: (workspace) => newFolder(incoming(workspace)),
    newTrash: (workspace) => newFolder(trash(workspace)),
    async save(workspace, stream, name) {
      const folder = await newFolder(incoming(workspace));
      const path = join(folder, name);
      try {
        const target = createWriteStream(path, { flags: 'wx', highWaterMark: WRITE_BYTES });
        await pipeline(stream, target);
        return { path, bytes: target.bytesWritten, discard: () => removeTree(folder) };
      } catch (error) {
        await removeTree(folder);
        throw error;
      }
    },
    sweepIncoming: (workspace) => removeTree(incoming(workspace)),
    sweepTrash: (workspace) => removeTree(trash(workspace)),
  };
}

/** Remove the empty project folders that are left by first uploads which were cut off before their commit. */
export async function removeEmptyFolders(root: string): Promise<void> {
  for (const name of (await readdir(root)).filter(isProjectFolder)) await removeIfEmpty(join(root, name));
}

export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

async function newFolder(parent: string): Promise<string> {
  const folder = join(parent, randomBytes(8).toString('hex'));
  await mkdir(folder, { recursive: true });
  return folder;
}
