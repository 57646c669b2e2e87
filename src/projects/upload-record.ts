import type { Project, ProjectRef } from './project.ts';
import { PROJECT_TYPES } from './project.ts';
import type { ProjectFile } from './project-file.ts';

/** upload.json: what was received, from whom, when. It is moved into place last, so it also says that an upload is whole. */
export interface UploadRecord {
  /** The project's id: its folder may have another name. Missing where an older server wrote the file. */
  readonly id?: string;
  readonly members: readonly string[];
  readonly name: string;
  readonly type: Project['type'];
  readonly board: string;
  readonly labels: readonly string[];
  readonly trainConfig: Project['trainConfig'];
  readonly files: number;
  readonly address: string;
  readonly time: number;
}

export function uploadRecord(id: string, file: ProjectFile, files: number, members: readonly string[], address: string, time: number): UploadRecord {
  const { name, type, board, labels, trainConfig } = file;
  return { id, members, name, type, board, labels, trainConfig, files, address, time };
}

export function projectOf(ref: ProjectRef, record: UploadRecord): Project {
  const { name, type, board, labels, trainConfig, files, address, time } = record;
  return { ref, name: name || ref.id, type, board, labels, trainConfig, files, uploadedBy: address, uploadedAt: time };
}

/** Undefined where the file is not one of ours (edited by hand, cut off by a crash of the machine). */
export function parseUploadRecord(text: string): UploadRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<UploadRecord> | null;
    const isWhole = value !== null && Array.isArray(value.members) && Array.isArray(value.labels) && typeof value.trainConfig === 'object'
      && PROJECT_TYPES.some((type) => type === value.type) && typeof value.board === 'string' && typeof value.name === 'string'
      && typeof value.address === 'string' && typeof value.time === 'number' && typeof value.files === 'number';
    return isWhole ? (value as UploadRecord) : undefined;
  } catch {
    return undefined;
  }
}
