import { quotaBytes, quotaProjects, type AppError } from '../errors.ts';

// How much a classroom may keep. The rules alone; usage.ts measures.

/** undefined: no limit. */
export interface QuotaLimits {
  readonly bytes: number | undefined;
  readonly projects: number | undefined;
}

export interface Usage {
  readonly bytes: number;
  readonly projects: number;
}

export const QUOTA_LEVELS = ['ok', 'near', 'full'] as const;

export interface QuotaState extends Usage {
  readonly maxBytes: number | undefined;
  readonly maxProjects: number | undefined;
  /** `near`: from 80 % on people are told; `full`: nothing more is taken. */
  readonly level: (typeof QUOTA_LEVELS)[number];
}

const NEAR = 0.8;

export function hasLimits({ bytes, projects }: QuotaLimits): boolean {
  return bytes !== undefined || projects !== undefined;
}

export function quotaState({ bytes, projects }: Usage, limits: QuotaLimits): QuotaState {
  const share = Math.max(bytes / (limits.bytes ?? Infinity), projects / (limits.projects ?? Infinity));
  const level = share >= 1 ? 'full' : share >= NEAR ? 'near' : 'ok';
  return { bytes, projects, maxBytes: limits.bytes, maxProjects: limits.projects, level };
}

/** The values of the sentence `quota_near`: of the limits that are near, and of no others. */
export function nearParams({ level, bytes, projects, maxBytes, maxProjects }: QuotaState) {
  const isNear = (used: number, max: number | undefined) => max !== undefined && used >= NEAR * max;
  if (level === 'ok') return undefined;
  return {
    ...(isNear(bytes, maxBytes) && { used_mb: inMegabytes(bytes), max_mb: inMegabytes(maxBytes ?? 0) }),
    ...(isNear(projects, maxProjects) && { projects, max_projects: maxProjects ?? 0 }),
  };
}

function inMegabytes(bytes: number): number {
  return Math.floor(bytes / 1e6);
}

/** What an upload adds. */
export interface Growth {
  readonly bytes: number;
  /** What it replaces and nothing else uses is free again. */
  readonly freedBytes: number;
  readonly isNew: boolean;
}

/** Why an upload is not taken. One that makes a project smaller is always taken: it is the way out. */
export function refusalOfUpload(
  usage: Usage,
  { bytes, freedBytes, isNew }: Growth,
  limits: QuotaLimits,
): AppError | undefined {
  if (isNew && limits.projects !== undefined && usage.projects >= limits.projects)
    return quotaProjects(limits.projects);
  const after = usage.bytes - freedBytes + bytes;
  if (limits.bytes !== undefined && after > limits.bytes && bytes > freedBytes)
    return quotaBytes(usage.bytes, limits.bytes, bytes - freedBytes);
  return undefined;
}

/** Why a training is not taken: its model has no room. The number of projects does not matter to it. */
export function refusalOfTraining(usage: Usage, limits: QuotaLimits): AppError | undefined {
  return limits.bytes !== undefined && usage.bytes >= limits.bytes ? quotaBytes(usage.bytes, limits.bytes) : undefined;
}
