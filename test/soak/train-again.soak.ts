import assert from 'node:assert/strict';
import test from 'node:test';
import { killWhileTrainIsPressed } from '../helpers/kill-while-pressed.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';

const MOMENTS_MS = [0, 5, 10, 20, 30, 40, 50, 60, 80, 120];

test('kill -9 at many moments after a second Train: never two of a project, never none, and no answer is lost', async () => {
  const { mark, environment } = markedEnvironment();
  await killWhileTrainIsPressed(MOMENTS_MS, mark, environment);
  assert.deepEqual(processesWith(mark), []);
});
