import { Type } from 'typebox';
import { readOwnJson } from '../files/own-json.ts';
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

export function uploadRecord(
  id: string,
  file: ProjectFile,
  files: number,
  members: readonly string[],
  address: string,
  time: number,
): UploadRecord {
  const { name, type, board, labels, trainConfig } = file;
  return { id, members, name, type, board, labels, trainConfig, files, address, time };
}

export function projectOf(ref: ProjectRef, record: UploadRecord): Project {
  const { name, type, board, labels, trainConfig, files, address, time } = record;
  return { ref, name: name || ref.id, type, board, labels, trainConfig, files, uploadedBy: address, uploadedAt: time };
}

/** upload.json on disk, as far as the server relies on it. */
export const StoredUploadRecord = Type.Object({
  id: Type.Optional(Type.String()),
  members: Type.Array(Type.String()),
  name: Type.String(),
  type: Type.Union(PROJECT_TYPES.map((type) => Type.Literal(type))),
  board: Type.String(),
  labels: Type.Array(Type.String()),
  trainConfig: Type.Object({}),
  files: Type.Number(),
  address: Type.String(),
  time: Type.Number(),
});

/** Undefined where there is none. Throws DamagedFile where the file is none of ours (edited by hand, cut off by a crash of the machine). */
export async function readUploadRecord(path: string): Promise<UploadRecord | undefined> {
  return (await readOwnJson(path, StoredUploadRecord)) as UploadRecord | undefined;
}
