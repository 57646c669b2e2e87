import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ORIGIN_FILE, type StoredOrigin } from '../../projects/origin.ts';
import type { Job } from '../domain/job.ts';

/** output/origin.json: which training the model comes from, whose photos calibrate its conversion. */
interface Origin extends StoredOrigin {
  readonly finishedAt: number;
}

export async function writeOrigin(folder: string, job: Job, isConverted: boolean, finishedAt: number): Promise<void> {
  const origin: Origin = { jobId: job.inputOf, finishedAt, ...(isConverted ? { convertedBy: job.id } : {}) };
  await writeFile(join(folder, ORIGIN_FILE), `${JSON.stringify(origin)}\n`);
}
