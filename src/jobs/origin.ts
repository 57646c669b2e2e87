import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from './job.ts';

/** output/origin.json: which training the model comes from, whose photos calibrate its conversion. */
export interface Origin {
  readonly jobId: string;
  readonly finishedAt: number;
  readonly convertedBy?: string;
}

export async function writeOrigin(folder: string, job: Job, finishedAt: number): Promise<void> {
  const origin: Origin = { jobId: job.inputOf, finishedAt, ...(job.kind === 'convert' ? { convertedBy: job.id } : {}) };
  await writeFile(join(folder, 'origin.json'), `${JSON.stringify(origin)}\n`);
}

/** Undefined where there is no model, or one that was put there by hand. */
export async function readOrigin(folder: string): Promise<Origin | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, 'origin.json'), 'utf8'));
    const isOrigin = typeof value === 'object' && value !== null && 'jobId' in value && typeof value.jobId === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value.jobId);
    return isOrigin ? (value as Origin) : undefined;
  } catch {
    return undefined;
  }
}
