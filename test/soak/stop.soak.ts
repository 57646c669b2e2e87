import assert from 'node:assert/strict';
import test from 'node:test';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { STEP_MS, startRealServer } from '../helpers/real-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';
import { until } from '../helpers/until.ts';

const STOPS = 3;

test('a real training whose server is stopped again and again goes on each time from its last epoch', async (t) => {
  const projects = await tempDir();
  let server = await startRealServer(projects);
  t.after(() => server.end('SIGKILL'));
  const zip = await makeToneProject('p', { low: 300, high: 2000 }, 4, 0.5);
  const id = await server.press('p', zip, { modelType: 'voice-cnn', epochs: 100_000 });
  const epochs = () => epochsIn(jobLog(projects, 'p', id));
  const oneMore = (): Promise<unknown> => {
    const before = epochs().length;
    return until(() => epochs().length > before, STEP_MS, 'one more epoch');
  };

  for (let stops = 0; stops < STOPS; stops += 1) {
    await oneMore();
    assert.equal(await server.end('SIGTERM'), 0, 'not ended the hard way after 9.5 s');
    assert.deepEqual(server.children(), []);
    server = await startRealServer(projects);
  }
  await oneMore();
  await server.get('/terminate?project_id=p');
  assert.deepEqual(
    epochs(),
    epochs().map((_, index) => index + 1),
    'neither a gap nor a double point',
  );
  assert.equal((await server.jobOf('p', 'cancelled')).attempt, 1, 'a stop in good order is no attempt');
  assert.equal(await server.end('SIGTERM'), 0);
  assert.deepEqual(server.children(), []);
});
