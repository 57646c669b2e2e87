import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import { createInferenceWorker, type InferenceWorkerOptions } from '../../src/models/inference/worker.ts';
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
  const ask = (file: string, client = 'a', signal?: AbortSignal) =>
    worker.ask(
      { model: '/m', file, type: 'classification', board: true },
      { client, group: client.replace(/\d$/, ''), ...(signal && { signal }) },
    );
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
  const answers = await Promise.all(['a', 'noise', 'c'].map((file) => ask(file)));
  assert.deepEqual(
    answers.map(({ prediction }) => prediction),
    ['a', 'noise', 'c'],
  );
  assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1);
  assert.deepEqual(answers[0]?.['asked'], { id: 1, model: '/m', file: 'a', type: 'classification', board: true });
});

test('what it refuses is said to the client, what is its own fault is not', async () => {
  const { ask } = makeWorker();
  await assert.rejects(
    ask('broken'),
    (error: unknown) => error instanceof AppError && error.statusCode === 422 && /JPEG or PNG/.test(error.message),
  );
  await assert.rejects(
    ask('bug'),
    (error: unknown) => error instanceof AppError && error.statusCode === 500 && !error.message.includes('secret'),
  );
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
  const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((file) => ask(file)));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
});

test('clients take turns: one that asks much does not keep the others from an answer', async () => {
  const { ask } = makeWorker();
  const order: string[] = [];
  const noted = async (file: string, client: string) => order.push(String((await ask(file, client))['prediction']));
  const greedy = Array.from({ length: 20 }, (_, index) => noted(`greedy ${index}`, 'greedy'));
  await Promise.all([...greedy, noted('b 0', 'b'), noted('c 0', 'c'), noted('b 1', 'b')]);
  // the first of the greedy one was sent before anybody else asked
  assert.deepEqual(order.slice(0, 6), ['greedy 0', 'greedy 1', 'b 0', 'c 0', 'greedy 2', 'b 1']);
});

test('one client that fills its share leaves room for others', async () => {
  const { ask } = makeWorker({ maxWaiting: 2, maxWaitingInAll: 3 });
  const results = await Promise.allSettled([
    ...['a', 'b', 'c', 'd'].map((file) => ask(file, 'greedy')),
    ask('e', 'other'),
    ask('f', 'third'),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'rejected'],
  );
  const ofOneNetwork = await Promise.allSettled(
    ['net1', 'net2', 'net3', 'net4', 'other'].map((client) => ask('a', client)),
  );
  assert.deepEqual(
    ofOneNetwork.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    'addresses of one /64',
  );
});

test('what nobody waits for any more is never asked', async () => {
  const { ask } = makeWorker();
  const leaving = new AbortController();
  const first = ask('a');
  const left = ask('b', 'b', leaving.signal);
  const last = ask('c', 'c');
  leaving.abort();
  await assert.rejects(left, (error: unknown) => error === leaving.signal.reason);
  await first;
  assert.equal(((await last)['asked'] as { id: number }).id, 2, 'the request between was not sent');
  await assert.rejects(ask('d', 'd', leaving.signal), (error: unknown) => error === leaving.signal.reason);
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
