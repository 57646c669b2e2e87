import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { FIRST_EVENTS } from '../helpers/first-events.ts';
import { READY_PROCESSES } from '../helpers/processes.ts';
import { type RealServer, STEP_MS, startRealServer } from '../helpers/real-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const LIMIT_MS = 2000;
const SETTINGS = { modelType: 'mobilenet-10', epochs: 1000 };
const CONVERSION = ['convert_model_init', 'export', 'ncnn', 'optimize', 'calibrate', 'quantize', 'evaluate', 'package'];

test('cancel from every stage of a real training and a real conversion', async (t) => {
  const projects = await tempDir();
  const server = await startRealServer(projects);
  t.after(() => server.end('SIGTERM'));
  const { zip } = await makeSampleProject('p', 8, 1);
  const took: Record<string, number> = {};

  for (const stage of FIRST_EVENTS) {
    await t.test(`training, at ${stage}`, async () => {
      const stream = await server.listen();
      await server.press('p', zip, SETTINGS);
      await stream.waitFor(stage, STEP_MS);
      took[stage] = await cancel(server, 0);
      assert.equal((await server.jobOf('p', 'cancelled')).kind, 'train');
      assert.equal(stream.names().filter((name) => name === 'train_end' || name === 'error').length, 0);
      stream.close();
    });
  }

  await server.press('p', zip, { ...SETTINGS, epochs: 1 });
  await server.jobOf('p', 'completed');
  const output = join(projects, 'p', 'output');
  const trained = readdirSync(output).sort();
  for (const stage of CONVERSION) {
    await t.test(`conversion, at ${stage}`, async (step) => {
      const stream = await server.listen();
      const answer = server.get('/convert?project_id=p');
      await until(
        () => stream.messages.find(({ data }) => data.event === stage || data['stage'] === stage),
        STEP_MS,
        stage,
      );
      took[stage] = await cancel(server, undefined);
      const { status, body } = await answer;
      assert.equal(status, 200);
      // The last stage can be over, and its model in place, before the cancel arrives.
      if (body['result'] === 'OK') return step.diagnostic('it was done before the cancel came');
      assert.deepEqual([body['result'], body['code']], ['FAIL', 'cancelled']);
      assert.deepEqual(readdirSync(output).sort(), trained, 'the trained model stays as it was');
      assert.equal((await server.get('/ping')).body['stage'], 3);
      stream.close();
    });
  }
  console.log(JSON.stringify({ name: 'cancel', limit_ms: LIMIT_MS, took_ms: took }));
  for (const [stage, ms] of Object.entries(took)) assert.ok(ms < LIMIT_MS, `${stage}: ${ms} ms`);
});

/** Cancel; resolves with the milliseconds until the answer, after which no process of the job may be left. */
async function cancel(server: RealServer, stage: number | undefined): Promise<number> {
  const [job] = (await server.jobs()).filter(({ state }) => state === 'active');
  const pid = job ? server.pidOf('p', job.id) : undefined;
  const begun = performance.now();
  const { body } = await server.get('/terminate?project_id=p');
  const ms = Math.round(performance.now() - begun);
  assert.deepEqual(body, { result: 'OK' });
  if (pid !== undefined) assert.ok(!server.children().includes(pid), 'the process of the job is gone');
  assert.ok(server.children().length <= READY_PROCESSES, 'only what is ready for the next job');
  if (stage !== undefined) assert.equal((await server.get('/ping')).body['stage'], stage);
  return ms;
}
