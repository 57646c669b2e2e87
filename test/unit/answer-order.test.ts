import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerOrder } from '../../src/jobs/domain/answer-queue.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';

const waiting = (id: string, more: Partial<Job> = {}): Job => ({ ...job(id), state: 'waiting', attempt: 0, ...more });
const order = (...options: Parameters<typeof answerOrder>) => answerOrder(...options).map(({ id }) => id);

describe('the order of first answers', () => {
  const queue = ['a', 'b', 'c', 'd'].map((id) => waiting(id));

  it('is that of the queue, so many at most', () => {
    assert.deepEqual(order(queue, 0), ['a']);
    assert.deepEqual(order(queue, 0, undefined, 3), ['a', 'b', 'c']);
    assert.deepEqual(
      order(queue, 0, ({ id }) => id !== 'b', 9),
      ['a', 'c', 'd'],
    );
  });

  it('leaves out as many as there are free slots, whatever these are: they start at once', () => {
    assert.deepEqual(order(queue, 2, undefined, 9), ['c', 'd']);
    assert.deepEqual(order([waiting('conversion', { kind: 'convert' }), ...queue], 1, undefined, 9).at(0), 'a');
    assert.deepEqual(order(queue, 9), []);
  });

  it('leaves out what is no training of photos, has an answer, or has begun', () => {
    const others = [
      waiting('k', { kind: 'convert' }),
      waiting('v', { projectType: 'VOICE_CLASSIFICATION' }),
      waiting('n', { answered: true }),
      waiting('s', { startsNext: true }),
      waiting('y', { yielded: { epoch: 1, maxEpoch: 2, round: 0 } }),
    ];
    assert.deepEqual(order([...others, ...queue], 0, undefined, 9), ['a', 'b', 'c', 'd']);
  });
});
