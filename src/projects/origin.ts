import { join } from 'node:path';
import { Type } from 'typebox';
import { readOwnJson } from '../files/own-json.ts';

/** origin.json of an output/, as far as the server relies on it: which training the model comes from. */
export interface StoredOrigin {
  readonly jobId: string;
  readonly finishedAt?: number;
}

export const ORIGIN_FILE = 'origin.json';

const Stored = Type.Object({
  jobId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  finishedAt: Type.Optional(Type.Number()),
});

/** Undefined where there is no model, or one that was put there by hand. Throws DamagedFile, or what the system says. */
export async function readOrigin(folder: string): Promise<StoredOrigin | undefined> {
  return readOwnJson(join(folder, ORIGIN_FILE), Stored);
}
