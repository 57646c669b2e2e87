import type { Client } from '../client.ts';
import type { Deletion } from './keep-rule.ts';
import { checkProjectId } from '../http/project-id.ts';

// What a project is.

export const PROJECT_TYPES = ['IMAGE_CLASSIFICATION', 'OBJECT_DETECTION', 'VOICE_CLASSIFICATION'] as const;
export type ProjectType = (typeof PROJECT_TYPES)[number];

/** The settings of a training, named as the IDE names them; fields of other clients travel along. */
export type TrainConfig = Readonly<Record<string, unknown>>;

/** Which project: an id is unique within its workspace only. */
export interface ProjectRef {
  readonly workspace: string;
  readonly id: string;
}

/** What the newest upload of a project says. */
export interface Project {
  readonly ref: ProjectRef;
  readonly name: string;
  readonly type: ProjectType;
  /** Board id, `kidbright-mai` where the project names none. */
  readonly board: string;
  /** In the order of the model's classes (class-order.ts). */
  readonly labels: readonly string[];
  /** trainConfig over the defaults of the project's type. */
  readonly trainConfig: TrainConfig;
  /** Number of files below dataset/. */
  readonly files: number;
  /** Address that sent the newest upload. */
  readonly uploadedBy: string;
  /** Seconds since the epoch. */
  readonly uploadedAt: number;
  /** When it is deleted if nobody uses it; undefined: never. */
  readonly deletion?: Deletion | undefined;
}

/** A key for maps; neither workspace names nor ids hold a slash, so no two projects share one. */
export function refKey(ref: ProjectRef): string {
  return `${ref.workspace}/${ref.id}`;
}

/** The project that a client names. Throws an AppError where that is no id. */
export function refOf(client: Client, projectId: string): ProjectRef {
  return { workspace: client.workspace, id: checkProjectId(projectId) };
}
