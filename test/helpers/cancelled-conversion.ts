import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { READY_PROCESSES } from './processes.ts';
import { type RealServer, STEP_MS } from './real-server.ts';
import { until } from './until.ts';

/** The stages of a conversion for kidbright-mai-plus. */
export const STAGES = ['export', 'transform', 'calibrate', 'quantize', 'evaluate'];

/** Convert a project, cancel in this stage, and wait until no process of it is left: the names of the files that are. */
export async function cancelIn(stage: string, server: RealServer, projectsDir: string, id: string): Promise<string[]> {
  const before = new Set(server.children());
  const stream = await server.listen();
  const answer = server.get(`/convert?project_id=${id}`);
  await until(() => stream.messages.some(({ data }) => data['stage'] === stage), STEP_MS, stage);
  assert.equal((await server.get(`/terminate?project_id=${id}`)).status, 200);
  assert.equal((await answer).body['code'], 'cancelled');
  stream.close();
  await until(
    () => server.children().filter((pid) => !before.has(pid)).length < READY_PROCESSES,
    30_000,
    'the end of its processes',
  );
  return readdirSync(join(projectsDir, id), { recursive: true }).map(String);
}
