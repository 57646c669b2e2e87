import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { Config } from '../config.ts';
import { projectNotFound } from '../errors.ts';
import { type Exclusion, KeyedMutex } from '../files/mutex.ts';
import { hasLessRoom } from '../files/disk-space.ts';
import { replaceFile } from '../files/replace-file.ts';
import { syncFolder } from '../files/sync-folder.ts';
import { isFolder, removeTree } from '../files/tree.ts';
import { checkProjectId } from '../http/project-id.ts';
import { createClassroomRoom } from './classroom-room.ts';
import { commitOutput, commitUpload } from './commit.ts';
import { type Edit, editsText, readEdits, readOwnEdits } from './edits.ts';
import { NOBODY, type Owner, ownerText, readOwner, readOwnOwner } from './owner.ts';
import { freezeProject, type FrozenProject } from './freeze.ts';
import { createKeep } from './keep.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project, ProjectRef } from './project.ts';
import { eraseSample } from './erase-sample.ts';
import { createProjectAccess, type ProjectAccess } from './project-access.ts';
import { createProjectReader, readRecord } from './project-reader.ts';
import { takeSnapshot } from './snapshot.ts';
import type { EditChange, EndedTraining, Erased, ProjectStore, ReportDamage } from './store.ts';
import { projectOf } from './upload-record.ts';
import { createWorkspaceFolders, removeEmptyFolders, type WorkspaceFolders } from './workspace-folders.ts';

// All projects on the disk of this computer.

/** Uploads unpacked at once: bounds memory and leaves processor and disk to others. */
const UNPACKED_AT_ONCE = 4;
/** With less than this no upload is taken and no training saved. */
const MIN_FREE_BYTES = 1_000_000;

/** With whom a store shares its folder. */
export interface StoreSharing {
  /** Keeps tasks on one project apart. */
  exclusion(): Exclusion;
  /** Nobody else uses the folder now: what lies about is left over from a crash. */
  readonly isFirst: boolean;
}

const ALONE: StoreSharing = { exclusion: () => new KeyedMutex(), isFirst: true };

/** The projects in a folder of this computer. */
export function createProjectStore(
  config: Pick<Config, 'projectsDir' | 'maxFiles' | 'maxUnpackedBytes'> &
    Partial<Pick<Config, 'quotaBytes' | 'quotaProjects' | 'keepDays'>>,
  workspaces: readonly string[],
  report: ReportDamage = () => undefined,
  now: () => number = () => Date.now() / 1000,
  sharing: StoreSharing = ALONE,
): ProjectStore {
  const beside = createWorkspaceFolders(config.projectsDir);
  const access = createProjectAccess(config.projectsDir, beside, report, sharing.exclusion());
  const { paths, exclusively } = access;
  const { read, list } = createProjectReader(access, report, { days: config.keepDays, now });
  const keep = createKeep(access, { days: config.keepDays, now });
  const room = createClassroomRoom(access, { bytes: config.quotaBytes, projects: config.quotaProjects });
  const upload = { access, workspaces: beside, limits: config, room, inTurns: pLimit(UNPACKED_AT_ONCE) };

  return {
    workspaces,
    paths,
    find: access.folders.lookUp,
    read,
    list,
    saveIncoming: beside.save,

    async commitUpload(ref, zip, address) {
      checkProjectId(ref.id);
      return commitUpload(upload, ref, zip, address);
    },

    edits: (ref) => readEdits(paths(ref).edits),

    changeEdits: (ref, change) => exclusively(ref, (own) => changeEdits(access, ref, own, change)),

    owner: (ref) => readOwner(paths(ref).owner),

    changeOwner: (ref, change) => exclusively(ref, (own) => changeOwner(access, ref, own, change)),

    erase: (project, file, trainings) =>
      exclusively(project.ref, (own) => erase(own, project, file, trainings)).finally(() => room.changed(project.ref)),

    remove: async (ref) => void (await exclusively(ref, (own) => removeProject(access, beside, ref, own))),

    noteUse: keep.used,
    lookAtUse: keep.look,
    removeUnused: (ref) =>
      exclusively(ref, async (own) => (await keep.isDue(ref)) && removeProject(access, beside, ref, own)),

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

    freeze: (ref, outputFiles) => freeze(access, beside, ref, outputFiles),
    async commitOutput(ref, stagedDir) {
      await exclusively(ref, (own) => commitOutput(access, ref, own, stagedDir));
      room.changed(ref);
    },
    quota: room.state,
    admitTraining: room.admitTraining,
    noteChange: room.changed,
    isDiskFull: () => hasLessRoom(config.projectsDir, MIN_FREE_BYTES),

    recover: () => recoverAll(workspaces, sharing, beside, access, report),
  };
}

/** For a task that has the project for itself. */
async function erase(
  own: ProjectPaths,
  project: Project,
  file: string,
  trainings: readonly EndedTraining[],
): Promise<Erased | undefined> {
  // another photo may lie there since
  if ((await readRecord(own))?.time !== project.uploadedAt) return undefined;
  return eraseSample(own, project, file, trainings);
}

async function freeze(
  { exclusively }: Pick<ProjectAccess, 'exclusively'>,
  beside: Pick<WorkspaceFolders, 'newIncoming'>,
  ref: ProjectRef,
  outputFiles: readonly string[],
): Promise<FrozenProject & { readonly project: Project }> {
  return exclusively(ref, async (own) => {
    const record = await readRecord(own);
    if (record === undefined) throw projectNotFound(ref.id);
    const root = await beside.newIncoming(ref.workspace);
    const discard = () => removeTree(root);
    try {
      await freezeProject(own, root, outputFiles);
      return { root, project: projectOf(ref, record), discard };
    } catch (error) {
      await discard();
      throw error;
    }
  });
}

/** For a task that has the project for itself. */
async function removeProject(
  { folders }: Pick<ProjectAccess, 'folders'>,
  beside: Pick<WorkspaceFolders, 'newTrash'>,
  ref: ProjectRef,
  own: ProjectPaths,
): Promise<true> {
  const bin = await beside.newTrash(ref.workspace);
  if (await isFolder(own.root)) await rename(own.root, join(bin, 'project'));
  folders.release(ref);
  await syncFolder(dirname(own.root));
  await removeTree(bin);
  return true;
}

/** For a task that has the project for itself. */
async function changeEdits(
  { putAside }: Pick<ProjectAccess, 'putAside'>,
  ref: ProjectRef,
  own: ProjectPaths,
  change: EditChange,
): Promise<readonly Edit[]> {
  const record = await readRecord(own);
  if (record === undefined) throw projectNotFound(ref.id);
  const before = await readOwnEdits(own.edits).catch((error: unknown) => putAside(ref, own.edits, error));
  const edits = change(before ?? [], projectOf(ref, record));
  await replaceFile(own.edits, editsText(edits));
  return edits;
}

/** For a task that has the project for itself. */
async function changeOwner(
  { putAside }: Pick<ProjectAccess, 'putAside'>,
  ref: ProjectRef,
  own: ProjectPaths,
  change: (before: Owner) => Owner,
): Promise<boolean> {
  // it may have been deleted since its caller looked at it, and is not to come back as an empty folder
  if (!(await isFolder(own.root))) return false;
  const before = await readOwnOwner(own.owner).catch((error: unknown) => putAside(ref, own.owner, error));
  const text = ownerText(change(before ?? NOBODY));
  if (text === ownerText(before ?? NOBODY)) return false;
  await replaceFile(own.owner, text);
  return true;
}

async function recoverAll(
  workspaces: readonly string[],
  { isFirst }: StoreSharing,
  ...parts: StoreParts
): Promise<void> {
  for (const workspace of workspaces) await (isFirst ? recoverWorkspace : knowFolders)(workspace, ...parts);
}

type StoreParts = [WorkspaceFolders, ProjectAccess, ReportDamage];

/** After a crash: finish what was committed, sweep what was not. */
async function recoverWorkspace(
  workspace: string,
  beside: WorkspaceFolders,
  { folders, exclusively }: ProjectAccess,
  report: ReportDamage,
): Promise<void> {
  const root = beside.rootOf(workspace);
  await mkdir(root, { recursive: true });
  await beside.sweepIncoming(workspace).catch((error: unknown) => report({ workspace }, error));
  await removeEmptyFolders(root);
  for (const id of await folders.scan(workspace)) {
    // one project that cannot be read must not keep the others waiting; the next access tries again
    const finished = exclusively({ workspace, id }, async () => undefined);
    await finished.catch((error: unknown) => report({ workspace, id }, error));
  }
  await beside.sweepTrash(workspace).catch((error: unknown) => report({ workspace }, error));
}

/** Others use the folder: what seems to be left over may be theirs. */
async function knowFolders(workspace: string, beside: WorkspaceFolders, { folders }: ProjectAccess): Promise<void> {
  await mkdir(beside.rootOf(workspace), { recursive: true });
  await folders.scan(workspace);
}
