import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { processesWith } from './processes.ts';
import { startServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

// Kills the server at moments around a second Train, and looks at what the next start makes of it.

export const isOver = (state: string): boolean => ['completed', 'cancelled', 'failed'].includes(state);

/** Press Train for a project that trains, and kill -9 the server so long afterwards; then start it again, for each moment. */
export async function killWhileTrainIsPressed(
  momentsMs: readonly number[],
  mark: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const projects = await tempDir();
  const config = { epochs: 1000, epochMs: 20 };
  let server = await startServerProcess(projects, environment);
  await server.train('p', config);
  let answered: unknown;
  for (const momentMs of momentsMs) {
    await server.jobIn('p', 'active');
    const pressing = server.post('/train', { project: 'p', train_config: config }).then(
      ({ body }) => (answered = body.job_id),
      () => undefined,
    );
    await pause(momentMs);
    await server.end('SIGKILL');
    await pressing;
    await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
    server = await startServerProcess(projects, environment);
    const open = (await server.jobs()).filter(({ state }) => !isOver(state));
    assert.equal(open.length, 1, JSON.stringify(open));
    if (answered !== undefined)
      assert.ok(
        String(open[0]?.id) >= String(answered),
        'the newest that was answered, or one whose answer was cut off',
      );
  }
  await server.get('/terminate?project_id=p');
  await server.end('SIGTERM');
}
