import { AppError, projectNotFound } from '../errors.ts';
import { shareRuns } from '../files/mutex.ts';
import { DamagedFile } from '../files/own-json.ts';
import { isFolder } from '../files/tree.ts';
import { adopt } from './adopt.ts';
import { deletionOf } from './keep-rule.ts';
import type { KeepOptions } from './keep.ts';
import type { ProjectPaths } from './paths.ts';
import type { Project, ProjectRef } from './project.ts';
import type { ProjectAccess } from './project-access.ts';
import type { ReportDamage } from './store.ts';
import { readUse } from './use.ts';
import { projectOf, readUploadRecord, type UploadRecord } from './upload-record.ts';

/** Reads what is known of each project from its upload.json, and makes that file anew if it is missing or damaged. */
export interface ProjectReader {
  /** Rejects with project_not_found. */
  read(ref: ProjectRef): Promise<Project>;
  /** Newest upload first. What cannot be read is reported and left out. */
  list(workspace: string): Promise<Project[]>;
}

export function createProjectReader(access: ProjectAccess, report: ReportDamage, keep: KeepOptions): ProjectReader {
  const { folders, paths, exclusively, putAside } = access;

  const recordOf = async (ref: ProjectRef) => {
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
  };

  const read = async (ref: ProjectRef) => {
    const record = (await folders.lookUp(ref)) ? await recordOf(ref) : undefined;
    if (record === undefined) throw projectNotFound(ref.id);
    const project = projectOf(ref, record);
    if (keep.days === undefined) return project;
    const use = await readUse(paths(ref).use);
    return { ...project, deletion: deletionOf(use, project.uploadedAt, keep.now(), keep.days) };
  };

  return {
    read,
    // Where many ask at once, the list is made once for all of them, after whatever they did before.
    list: shareRuns(async (workspace: string) => {
      const projects: Project[] = [];
      for (const id of await folders.scan(workspace)) {
        const project = await read({ workspace, id }).catch((error: unknown) => {
          if (!(error instanceof AppError)) report({ workspace, id }, error);
        });
        if (project !== undefined) projects.push(project);
      }
      return projects.sort((a, b) => b.uploadedAt - a.uploadedAt);
    }),
  };
}

/** Without waiting for other tasks: upload.json is replaced by a rename, so it can be read at any time. */
export async function readRecord(own: ProjectPaths): Promise<UploadRecord | undefined> {
  return (await isFolder(own.root)) ? readUploadRecord(own.upload) : undefined;
}
