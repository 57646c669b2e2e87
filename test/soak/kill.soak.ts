import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { type RealServer, STEP_MS, startRealServer } from '../helpers/real-server.ts';
import { compareWeights } from '../helpers/same-weights.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';
import { until } from '../helpers/until.ts';

const TONES = { low: 300, middle: 1000, high: 2600 };
const SETTINGS = { modelType: 'voice-cnn', epochs: 20 };
const KILLED_AT = [3, 8, 14];

test('a server killed while it trains and while it converts ends with the weights of one that was left alone', async (t) => {
  const zip = await makeToneProject('p', TONES, 8);
  const calm = await tempDir();
  const quiet = await startRealServer(calm);
  await quiet.press('p', zip, SETTINGS);
  await quiet.jobOf('p', 'completed');
  assert.equal(await quiet.end('SIGTERM'), 0);

  const stormy = await tempDir();
  let server = await startRealServer(stormy);
  t.after(() => server.end('SIGKILL'));
  const id = await server.press('p', zip, SETTINGS);
  for (const epoch of KILLED_AT) {
    await until(() => (epochsIn(jobLog(stormy, 'p', id)).at(-1) ?? 0) >= epoch, STEP_MS, `epoch ${epoch}`);
    server = await killAndRestart(server, stormy);
  }
  assert.equal((await server.jobOf('p', 'completed')).attempt, KILLED_AT.length + 1);
  assert.deepEqual(
    epochsIn(jobLog(stormy, 'p', id)),
    Array.from({ length: SETTINGS.epochs }, (_, n) => n + 1),
    'neither a gap nor a double point',
  );
  const model = (folder: string): string => join(folder, 'p', 'output', 'model.pth');
  assert.equal(compareWeights(model(calm), model(stormy)), 'same');

  const output = join(stormy, 'p', 'output');
  const trained = readdirSync(output).sort();
  const stream = await server.listen();
  void server.get('/convert?project_id=p').catch(() => undefined);
  await stream.waitFor('convert_model_progress', STEP_MS);
  server = await killAndRestart(server, stormy);
  const found = readdirSync(output).sort();
  assert.ok(
    existsSync(join(output, 'model_cpu.npz')) || found.join() === trained.join(),
    `the old folder or the new one: ${found.join(', ')}`,
  );
  await server.jobOf('p', 'completed');
  assert.ok(existsSync(join(output, 'model_cpu.npz')) && existsSync(join(output, 'model.zip')));
  assert.equal(compareWeights(model(calm), model(stormy)), 'same');
  assert.equal(await server.end('SIGTERM'), 0);
  console.log(
    JSON.stringify({
      name: 'kill',
      kills: KILLED_AT.length + 1,
      epochs: SETTINGS.epochs,
      weights: 'same',
      curve: 'whole',
    }),
  );
});

/** kill -9 of the server alone: its children must find out by themselves. */
async function killAndRestart(server: RealServer, folder: string): Promise<RealServer> {
  assert.ok(server.children().length > 0, 'the server had children');
  await server.end('SIGKILL');
  await until(() => server.children().length === 0, 30_000, 'the end of the children');
  return startRealServer(folder);
}
