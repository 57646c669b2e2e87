import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { createInferenceWorker, type InferenceWorkerOptions } from '../../src/models/inference-worker.ts';
import { loadConfig } from '../../src/config.ts';
import { until } from '../helpers/until.ts';

const pythonDir = fileURLToPath(new URL('../fixtures/inference', import.meta.url));

function makeWorker(options: Partial<InferenceWorkerOptions> = {}) {
  const warnings: unknown[] = [];
  const worker = createInferenceWorker({
    config: { ...loadConfig({}), pythonDir },
    environment: { PATH: process.env['PATH'] },
    threads: 1,
    log: { warn: (detail: unknown) => void warnings.push(detail) } as unknown as InferenceWorkerOptions['log'],
    ...options,
  });
  after(() => worker.close());
  const ask = (file: string) => worker.ask({ model: '/m', file, type: 'classification', board: true });
  return { worker, ask, warnings };
}

function isAlive(pid: unknown): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

const withCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('one process answers all, in order, whatever else it prints', async () => {
  const { ask } = makeWorker();
  const answers = await Promise.all(['a', 'noise', 'c'].map(ask));
  assert.deepEqual(answers.map(({ prediction }) => prediction), ['a', 'noise', 'c']);
  assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1);
  assert.deepEqual(answers[0]?.['asked'], { id: 1, model: '/m', file: 'a', type: 'classification', board: true });
});

test('what it refuses is said to the client, what is its own fault is not', async () => {
  const { ask } = makeWorker();
  await assert.rejects(ask('broken'), (error: unknown) => error instanceof AppError && error.statusCode === 422 && /JPEG or PNG/.test(error.message));
  await assert.rejects(ask('bug'), (error: unknown) => error instanceof AppError && error.statusCode === 500 && !error.message.includes('secret'));
});

test('a process that dies fails its request alone; the next one gets another', async () => {
  const { ask, warnings } = makeWorker();
  const first = await ask('a');
  const [died, next] = await Promise.allSettled([ask('die'), ask('b')]);
  assert.equal(died.status, 'rejected');
  assert.ok(next.status === 'fulfilled' && next.value['pid'] !== first['pid']);
  assert.equal(warnings.length, 1);
});

test('a process that hangs is ended at the deadline', async () => {
  const { ask } = makeWorker({ deadlineMs: 3000 });
  const { pid } = await ask('a');
  await assert.rejects(ask('hang'), withCode('inference_timeout'));
  assert.equal((await ask('b'))['prediction'], 'b');
  await until(() => !isAlive(pid), 60_000, 'the end of the process that hung');
});

test('more than the queue holds is refused at once', async () => {
  const { ask } = makeWorker({ maxWaiting: 2 });
  const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(ask));
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
});

test('without requests the process ends after a while, and with the worker at once', async () => {
  const { ask } = makeWorker({ idleMs: 50 });
  const { pid } = await ask('a');
  await until(() => !isAlive(pid), 60_000, 'the end of the idle process');
  const { worker, ask: askOther } = makeWorker();
  const other = await askOther('a');
  await worker.close();
  assert.ok(!isAlive(other['pid']));
  await assert.rejects(askOther('b'), AppError);
});
