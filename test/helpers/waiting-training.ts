import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobServer } from './job-server.ts';
import { until } from './until.ts';

/** A training of another address has the only slot; the result ends it. */
export async function occupySlot(server: JobServer): Promise<() => Promise<void>> {
  await server.from('127.0.0.9').train('busy', { epochs: 1000, epochMs: 20 });
  await server.jobIn('busy', 'active');
  return async () => assert.equal((await server.get('/terminate?project_id=busy')).body['result'], 'OK');
}

/** A training of 127.0.0.2 that waits and has its first answer. */
export async function waitsWithAnswer(server: JobServer, project: string, config: object): Promise<string> {
  const { body } = await server.from('127.0.0.2').train(project, { epochs: 2, firstAnswer: 'give', ...config });
  const instant = join(server.config.projectsDir, project, 'jobs', String(body['job_id']), 'instant', 'model.pth');
  await until(() => existsSync(instant) || undefined, 20_000, `a first answer for ${project}`);
  return String(body['job_id']);
}
