import type { Readable } from 'node:stream';
import type { Edit } from './edits.ts';
import type { FrozenProject } from './freeze.ts';
import type { Look } from './keep.ts';
import type { Owner } from './owner.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project, ProjectRef, TrainConfig } from './project.ts';
import type { QuotaState } from './quota.ts';

// What the rest of the server may ask of the projects on disk.

/** For the people who run the server: what was damaged or could not be read, and where it lies now if it was set aside. */
export type ReportDamage = (
  where: Pick<ProjectRef, 'workspace'> & Partial<ProjectRef>,
  error: unknown,
  aside?: string,
) => void;

/** Every project on disk. One object per server; operations on one project wait for each other. */
export interface ProjectStore {
  /** '' without keys, else the names of the keys. */
  readonly workspaces: readonly string[];
  paths(ref: ProjectRef): ProjectPaths;
  /** Look for a project that another process has made since: from then on `paths` are its own. False: there is none. */
  find(ref: ProjectRef): Promise<boolean>;
  /** Rejects with project_not_found. */
  read(ref: ProjectRef): Promise<Project>;
  list(workspace: string): Promise<Project[]>;
  /** Save what a client sends beside the projects, unchecked; whoever asked for it discards it, whatever happens. */
  saveIncoming(workspace: string, stream: Readable, name: string): Promise<IncomingFile>;
  /** Check, unpack and put in place; the old data set stays untouched if anything is wrong. The zip is discarded once it is unpacked. */
  commitUpload(ref: ProjectRef, zip: IncomingFile, address: string): Promise<Project>;
  /** What was changed of the upload for the next training, oldest first. */
  edits(ref: ProjectRef): Promise<readonly Edit[]>;
  /**
   * Replace the changes with what `change` makes of them; no other change and no upload comes in between. `change` may
   * refuse by throwing, as `project` may be of a newer upload than the one that its caller read.
   */
  changeEdits(ref: ProjectRef, change: EditChange): Promise<readonly Edit[]>;
  /** Whose project it is, as far as names say it. */
  owner(ref: ProjectRef): Promise<Owner>;
  /** Replace that by what `change` makes of it; false where it is the same, or where the project is gone. */
  changeOwner(ref: ProjectRef, change: (before: Owner) => Owner): Promise<boolean>;
  /**
   * Delete a sample of the upload everywhere in the project, and note which of these trainings used it. No job of the
   * project may wait or run. Undefined: there is no such file.
   */
  erase(project: Project, file: string, trainings: readonly EndedTraining[]): Promise<Erased | undefined>;
  /** Delete the project with everything in it. End its jobs first. */
  remove(ref: ProjectRef): Promise<void>;
  /**
   * Fill jobs/<jobId>/input with hard links to the upload as it is now; project.json gets the merged trainConfig.
   * The project is that of the same upload, whatever was read before; `check` may refuse it by throwing.
   */
  snapshot(
    ref: ProjectRef,
    jobId: string,
    trainConfig?: TrainConfig,
    check?: (project: Project) => void,
  ): Promise<Snapshot>;
  /** Hard links to the upload, and to those of these files that output/ has, at one moment. Whoever asked for it discards it. */
  freeze(ref: ProjectRef, outputFiles: readonly string[]): Promise<FrozenProject & { readonly project: Project }>;
  /** Put a finished folder in the place of output/ as a whole. The folder must lie inside the project. */
  commitOutput(ref: ProjectRef, stagedDir: string): Promise<void>;
  /** Somebody does something with the project: its days begin anew. */
  noteUse(ref: ProjectRef): Promise<void>;
  /** Whether a project goes because nobody uses it; counts the days on which that was said. */
  lookAtUse(ref: ProjectRef): Promise<Look>;
  /** Delete the project, unless it was used or uploaded meanwhile. */
  removeUnused(ref: ProjectRef): Promise<boolean>;
  /** How much of its room a classroom takes; undefined where there is no limit. */
  quota(workspace: string): Promise<QuotaState | undefined>;
  /** Rejects with quota_bytes where a classroom has no room for another model. */
  admitTraining(workspace: string): Promise<void>;
  /** Files of the project came or went otherwise than by this store. */
  noteChange(ref: ProjectRef): void;
  /** Whether nothing more can be written: reading and deleting go on. */
  isDiskFull(): Promise<boolean>;
  /** After a crash: finish what was committed, sweep what was not. Call before anything else. */
  recover(): Promise<void>;
}

export type EditChange = (before: readonly Edit[], project: Project) => readonly Edit[];

/** A training, for the question whether it used a sample. */
export interface EndedTraining {
  readonly id: string;
  readonly createdAt: number;
}

export interface Erased {
  /** How many files had the sample's bytes. */
  readonly files: number;
  /** The trainings that used it. */
  readonly trainings: string[];
  /** SHA-256 of each content that was deleted. */
  readonly contents: readonly string[];
}

export interface Snapshot {
  readonly project: Project;
  readonly trainConfig: TrainConfig;
}

export interface IncomingFile {
  readonly path: string;
  readonly bytes: number;
  discard(): Promise<void>;
}
