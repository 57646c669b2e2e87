import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { readOwnJson } from '../../files/own-json.ts';
import type { Job } from '../domain/job.ts';

/** output/origin.json: which training the model comes from, whose photos calibrate its conversion. */
export interface Origin {
  readonly jobId: string;
  readonly finishedAt: number;
  readonly convertedBy?: string;
}

export async function writeOrigin(folder: string, job: Job, isConverted: boolean, finishedAt: number): Promise<void> {
  const origin: Origin = { jobId: job.inputOf, finishedAt, ...(isConverted ? { convertedBy: job.id } : {}) };
  await writeFile(join(folder, 'origin.json'), `${JSON.stringify(origin)}\n`);
}

export type StoredOrigin = Pick<Origin, 'jobId'> & Partial<Pick<Origin, 'finishedAt'>>;

const StoredOrigin = Type.Object({
  jobId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  finishedAt: Type.Optional(Type.Number()),
});

/** Undefined where there is no model, or one that was put there by hand. Throws DamagedFile, or what the system says. */
export async function readOrigin(folder: string): Promise<StoredOrigin | undefined> {
  return readOwnJson(join(folder, 'origin.json'), StoredOrigin);
}
