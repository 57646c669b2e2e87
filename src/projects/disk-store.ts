import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config.ts';
import { AppError, projectNotFound } from '../errors.ts';
import { checkProjectId } from '../http/project-id.ts';
import { Gate, KeyedMutex, shareRuns } from '../files/mutex.ts';
import { adopt } from './adopt.ts';
import { hasLessRoom } from '../files/disk-space.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { syncTree } from '../files/sync-tree.ts';
import { createFolderIndex } from './folder-index.ts';
import { isProjectFolder } from './folder-name.ts';
import { DamagedFile, damageOf, setAside } from '../files/own-json.ts';
import { projectPaths, workspaceRoot, type ProjectPaths } from './paths.ts';
import { type Project, type ProjectRef, refKey } from './project.ts';
import { takeSnapshot } from './snapshot.ts';
import type { ProjectStore, ReportDamage } from './store.ts';
import { finishOutput, finishUpload } from './swap.ts';
import { exists, isFolder, removeTree } from '../files/tree.ts';
import { unpackUpload } from './unpack-upload.ts';
import { projectOf, readUploadRecord, type UploadRecord } from './upload-record.ts';

/** Uploads unpacked at once: bounds memory and leaves processor and disk to others. */
const UNPACKED_AT_ONCE = 4;
/** With less than this no upload is taken and no training saved. */
const MIN_FREE_BYTES = 1_000_000;
/** Small parts of an upload are written together. */
const WRITE_BYTES = 1_000_000;

export function createProjectStore(
  config: Pick<Config, 'projectsDir' | 'maxFiles' | 'maxUnpackedBytes'>,
  workspaces: readonly string[],
  report: ReportDamage = () => undefined,
): ProjectStore {
  const mutex = new KeyedMutex();
  const gate = new Gate(UNPACKED_AT_ONCE);
  const folders = createFolderIndex(config.projectsDir);
  const paths = (ref: ProjectRef) => projectPaths(config.projectsDir, ref.workspace, folders.folderOf(ref));
  const rootOf = (workspace: string) => workspaceRoot(config.projectsDir, workspace);
  const incoming = (workspace: string) => join(rootOf(workspace), '.incoming');
  const trash = (workspace: string) => join(rootOf(workspace), '.trash');

  /** Alone on one project, with what a crash left undone finished first. */
  function exclusively<Value>(ref: ProjectRef, task: (own: ProjectPaths) => Promise<Value>): Promise<Value> {
    return mutex.run(refKey(ref), async () => {
      // Not before: the task that was waited for may have made or deleted the folder.
      const own = paths(ref);
      await finish(ref, own);
      return task(own);
    });
  }

  async function finish(ref: ProjectRef, own: ProjectPaths): Promise<void> {
    if (!(await isFolder(own.root))) return;
    for (const [pending, complete] of [
      [own.nextUpload, finishUpload],
      [own.nextOutput, finishOutput],
    ] as const) {
      if (!(await exists(pending))) continue;
      const bin = await newFolder(trash(ref.workspace));
      try {
        if (!(await isFolder(pending))) throw new DamagedFile(pending, 'it is no folder');
        await complete(own, bin);
      } catch (error) {
        await putAside(ref, pending, error);
      }
      await removeTree(bin);
    }
  }

  /** What is damaged goes out of the way of the rest; what only could not be read now stays where it is. */
  async function putAside(ref: ProjectRef, path: string, error: unknown): Promise<void> {
    const damage = damageOf(path, error);
    if (damage === undefined) throw error;
    report(ref, damage, await setAside(path));
  }

  /** Without waiting: upload.json is replaced by a rename, so it can be read at any time. */
  async function readRecord(own: ProjectPaths): Promise<UploadRecord | undefined> {
    return (await isFolder(own.root)) ? readUploadRecord(own.upload) : undefined;
  }

  async function read(ref: ProjectRef): Promise<Project> {
    const record = (await folders.lookUp(ref)) ? await recordOf(ref) : undefined;
    if (record === undefined) throw projectNotFound(ref.id);
    return projectOf(ref, record);
  }

  async function recordOf(ref: ProjectRef): Promise<UploadRecord | undefined> {
    const record = await readRecord(paths(ref)).catch((error: unknown) => {
      if (error instanceof DamagedFile) return undefined;
      throw error;
    });
    return (
      record ??
      exclusively(ref, async (own) => {
        const written = await readRecord(own).catch((error: unknown) => putAside(ref, own.upload, error));
        return written ?? adopt(ref, own);
      })
    );
  }

  /** Put an unpacked upload into its project, whose folder is made by the first one. */
  async function commit(ref: ProjectRef, unpacked: string): Promise<void> {
    const { root, nextUpload } = projectPaths(config.projectsDir, ref.workspace, folders.claim(ref));
    try {
      const made = await mkdir(root, { recursive: true });
      await rename(unpacked, nextUpload);
      await syncFolder(root);
      if (made !== undefined) await syncFolder(dirname(root));
    } catch (error) {
      await removeIfEmpty(root);
      if (!(await isFolder(root))) folders.release(ref);
      throw error;
    }
    await finish(ref, paths(ref));
  }

  /** Asked for by many at once it is made once for all of them, after whatever they did before. */
  const list = shareRuns(async (workspace: string): Promise<Project[]> => {
    const projects: Project[] = [];
    for (const id of await folders.scan(workspace)) {
      const project = await read({ workspace, id }).catch((error: unknown) => {
        if (!(error instanceof AppError)) report({ workspace, id }, error);
      });
      if (project !== undefined) projects.push(project);
    }
    return projects.sort((a, b) => b.uploadedAt - a.uploadedAt);
  });

  return {
    workspaces,
    paths,
    read,

    list,

    async saveIncoming(workspace, stream, name) {
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

    async commitUpload(ref, zip, address) {
      checkProjectId(ref.id);
      const staged = await newFolder(incoming(ref.workspace));
      try {
        const record = await gate.run(async () => {
          const unpacked = await unpackUpload(zip.path, join(staged, 'upload'), config, { id: ref.id, address });
          await zip.discard(); // or the sync would write it to the disk as well, for twice the time
          await syncTree(join(staged, 'upload'));
          return unpacked;
        });
        await exclusively(ref, () => commit(ref, join(staged, 'upload')));
        return projectOf(ref, record);
      } finally {
        await removeTree(staged);
      }
    },

    remove: (ref) =>
      exclusively(ref, async (own) => {
        const bin = await newFolder(trash(ref.workspace));
        if (await isFolder(own.root)) await rename(own.root, join(bin, 'project'));
        folders.release(ref);
        await syncFolder(dirname(own.root));
        await removeTree(bin);
      }),

    async snapshot(ref, jobId, trainConfig = {}, check = () => undefined) {
      await read(ref);
      return exclusively(ref, async (own) => {
        const record = await readRecord(own);
        if (record === undefined) throw projectNotFound(ref.id);
        const project = projectOf(ref, record);
        check(project);
        return { project, trainConfig: await takeSnapshot(project, own, jobId, trainConfig) };
      });
    },

    commitOutput: (ref, stagedDir) =>
      exclusively(ref, async (own) => {
        const inside = relative(own.root, stagedDir);
        if (inside === '' || inside.startsWith('..') || isAbsolute(inside))
          throw new Error('an output must be staged inside its project');
        await syncTree(stagedDir);
        await rename(stagedDir, own.nextOutput);
        await syncFolder(own.root);
        await finish(ref, own);
      }),

    isDiskFull: () => hasLessRoom(config.projectsDir, MIN_FREE_BYTES),

    async recover() {
      for (const workspace of workspaces) {
        await mkdir(rootOf(workspace), { recursive: true });
        await removeTree(incoming(workspace)).catch((error: unknown) => report({ workspace }, error));
        await removeEmptyFolders(rootOf(workspace));
        for (const id of await folders.scan(workspace)) {
          // one project that cannot be read must not keep the others waiting; the next access tries again
          await exclusively({ workspace, id }, async () => undefined).catch((error: unknown) =>
            report({ workspace, id }, error),
          );
        }
        await removeTree(trash(workspace)).catch((error: unknown) => report({ workspace }, error));
      }
    },
  };
}

/** What first uploads leave that were cut off before their commit. */
async function removeEmptyFolders(root: string): Promise<void> {
  for (const name of (await readdir(root)).filter(isProjectFolder)) await removeIfEmpty(join(root, name));
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

async function newFolder(parent: string): Promise<string> {
  const folder = join(parent, randomBytes(8).toString('hex'));
  await mkdir(folder, { recursive: true });
  return folder;
}
