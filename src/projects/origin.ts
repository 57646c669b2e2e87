import { join } from 'node:path';
import { Type } from 'typebox';
import { DamagedFile, readOwnJson } from '../files/own-json.ts';
import { isFile } from '../files/tree.ts';

/** origin.json of an output/, as far as the server relies on it: which training the model comes from. */
export interface StoredOrigin {
  readonly jobId: string;
  readonly finishedAt?: number;
  /** The job that made the board's files in it; undefined: there are none. */
  readonly convertedBy?: string;
}

export const ORIGIN_FILE = 'origin.json';

const Stored = Type.Object({
  jobId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  finishedAt: Type.Optional(Type.Number()),
  convertedBy: Type.Optional(Type.String()),
});

/** Undefined where there is no model, or one that was put there by hand. Throws DamagedFile, or what the system says. */
export async function readOrigin(folder: string): Promise<StoredOrigin | undefined> {
  return readOwnJson(join(folder, ORIGIN_FILE), Stored);
}

/** Whether a folder holds the model of this training, and says so: else what takes its place would be nobody's. */
export async function holdsModelOf(folder: string, jobId: string): Promise<boolean> {
  if (!(await isFile(join(folder, 'model.pth')))) return false;
  const origin = await readOrigin(folder).catch((error: unknown) => {
    if (!(error instanceof DamagedFile)) throw error;
  });
  return origin?.jobId === jobId;
}
