import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config.ts';
import { errorCode, projectNotFound } from '../errors.ts';
import { Gate, KeyedMutex } from './mutex.ts';
import { isProjectId, projectPaths, workspaceRoot, type ProjectPaths } from './paths.ts';
import { refKey, type Project, type ProjectRef } from './project.ts';
import { parseProjectFile } from './project-file.ts';
import { takeSnapshot } from './snapshot.ts';
import type { ProjectStore } from './store.ts';
import { finishOutput, finishUpload } from './swap.ts';
import { countFiles, isFile, isFolder, removeTree } from './tree.ts';
import { unpackUpload } from './unpack-upload.ts';
import { parseUploadRecord, projectOf, uploadRecord, type UploadRecord } from './upload-record.ts';

/** Uploads unpacked at once: bounds memory and leaves processor and disk to others. */
const UNPACKED_AT_ONCE = 4;
/** Small parts of an upload are written together. */
const WRITE_BYTES = 1_000_000;
const NO_ADDRESS = '';

export function createProjectStore(config: Pick<Config, 'projectsDir' | 'maxFiles' | 'maxUnpackedBytes'>, workspaces: readonly string[]): ProjectStore {
  const mutex = new KeyedMutex();
  const gate = new Gate(UNPACKED_AT_ONCE);
  const paths = (ref: ProjectRef) => projectPaths(config.projectsDir, ref);
  const rootOf = (workspace: string) => workspaceRoot(config.projectsDir, workspace);
  const incoming = (workspace: string) => join(rootOf(workspace), '.incoming');
  const trash = (workspace: string) => join(rootOf(workspace), '.trash');

  /** Alone on one project, with what a crash left undone finished first. */
  function exclusively<Value>(ref: ProjectRef, task: (own: ProjectPaths) => Promise<Value>): Promise<Value> {
    const own = paths(ref);
    return mutex.run(refKey(ref), async () => {
      await finish(ref, own);
      return task(own);
    });
  }

  async function finish(ref: ProjectRef, own: ProjectPaths): Promise<void> {
    if (!(await isFolder(own.root))) return;
    for (const [pending, complete] of [[own.nextUpload, finishUpload], [own.nextOutput, finishOutput]] as const) {
      if (!(await isFolder(pending))) continue;
      const bin = await newFolder(trash(ref.workspace));
      await complete(own, bin);
      await removeTree(bin);
    }
  }

  /** Without waiting: upload.json is replaced by a rename, so it can be read at any time. */
  async function readRecord(own: ProjectPaths): Promise<UploadRecord | undefined> {
    try {
      return (await isFolder(own.root)) ? parseUploadRecord(await readFile(own.upload, 'utf8')) : undefined;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async function read(ref: ProjectRef): Promise<Project> {
    const record = (await readRecord(paths(ref))) ?? (await exclusively(ref, async (own) => (await readRecord(own)) ?? (await adopt(own))));
    if (record === undefined) throw projectNotFound(ref.id);
    return projectOf(ref, record);
  }

  return {
    workspaces,
    paths,
    read,

    async list(workspace) {
      const projects: Project[] = [];
      for (const id of await projectIds(rootOf(workspace))) {
        const project = await read({ workspace, id }).catch(() => undefined);
        if (project !== undefined) projects.push(project);
      }
      return projects.sort((a, b) => b.uploadedAt - a.uploadedAt);
    },

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
      paths(ref);
      const staged = await newFolder(incoming(ref.workspace));
      try {
        const record = await gate.run(() => unpackUpload(zip.path, join(staged, 'upload'), config, address));
        await exclusively(ref, async (own) => {
          await mkdir(own.root, { recursive: true });
          await rename(join(staged, 'upload'), own.nextUpload);
          await finish(ref, own);
        });
        return projectOf(ref, record);
      } finally {
        await removeTree(staged);
      }
    },

    remove: (ref) => exclusively(ref, async (own) => {
      const bin = await newFolder(trash(ref.workspace));
      if (await isFolder(own.root)) await rename(own.root, join(bin, ref.id));
      await removeTree(bin);
    }),

    async snapshot(ref, jobId, trainConfig = {}) {
      await read(ref);
      return exclusively(ref, (own) => takeSnapshot(ref, own, jobId, trainConfig));
    },

    commitOutput: (ref, stagedDir) => exclusively(ref, async (own) => {
      const inside = relative(own.root, stagedDir);
      if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) throw new Error('an output must be staged inside its project');
      await rename(stagedDir, own.nextOutput);
      await finish(ref, own);
    }),

    async recover() {
      for (const workspace of workspaces) {
        await mkdir(rootOf(workspace), { recursive: true });
        await removeTree(incoming(workspace));
        for (const id of await projectIds(rootOf(workspace))) {
          await exclusively({ workspace, id }, async (own) => undefined === (await readRecord(own)) && removeIfEmpty(own.root));
        }
        await removeTree(trash(workspace));
      }
    },
  };
}

/** A project folder that was put there by hand gets its upload.json at the first look. */
async function adopt(own: ProjectPaths): Promise<UploadRecord | undefined> {
  if (!(await isFolder(own.root)) || !(await isFile(own.project))) return undefined;
  const bytes = await readFile(own.project);
  const record = uploadRecord(parseProjectFile(bytes), await countFiles(own.dataset), [], NO_ADDRESS, Date.now() / 1000);
  await writeFile(own.upload, JSON.stringify(record));
  return record;
}

async function projectIds(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && isProjectId(entry.name)).map((entry) => entry.name);
}

/** What an upload leaves that was cut off before its commit. */
async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined);
}

async function newFolder(parent: string): Promise<string> {
  const folder = join(parent, randomBytes(8).toString('hex'));
  await mkdir(folder, { recursive: true });
  return folder;
}
