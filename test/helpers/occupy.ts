import assert from 'node:assert/strict';
import type { JobClient } from './job-server.ts';

/** Longer than a test takes: a test that needs the end of such a training cancels it or replaces it. */
export const LONG = { epochs: 1000, epochMs: 20 };

/** A training that keeps a slot busy. Resolves once it runs, with the function that ends it. */
export async function occupy(client: JobClient, project: string): Promise<() => Promise<void>> {
  await client.train(project, LONG);
  await client.jobIn(project, 'active');
  return async () => assert.equal((await client.get(`/terminate?project_id=${project}`)).body['result'], 'OK');
}
