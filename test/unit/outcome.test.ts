import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../src/jobs/domain/outcome.ts';
import { job } from '../helpers/job.ts';

describe('the outcome of a child', () => {
  const exit = (code: number | null, signal: string | null = null) => ({ code, signal });
  const trainEnd = {
    event: 'train_end',
    time: 1,
    model: 'm',
    epoch: 1,
    metric: 'val_accuracy',
    value: 1,
    seconds: 1,
  } as const;
  const judged = (
    ...[of, word, silentMs]: [ReturnType<typeof exit> & { reason?: string }, typeof trainEnd | undefined, number?]
  ) => judge(job('j', 'active'), { exit: of, lastEvent: word, silentMs });

  it('is success after exit 0 and train_end only', () => {
    assert.deepEqual(judged(exit(0), trainEnd), { succeeded: trainEnd });
    const codes = [
      judged(exit(0), undefined),
      judged(exit(1), trainEnd),
      judged(exit(null, 'SIGKILL'), trainEnd),
      judged(exit(0), trainEnd, 5),
      judged({ ...exit(null), reason: 'ENOENT' }, undefined),
    ];
    assert.deepEqual(
      codes.map((verdict) => 'failed' in verdict && verdict.failed.code),
      ['no_result', 'child_crashed', 'child_crashed', 'child_silent', 'child_not_started'],
    );
  });

  it('is the end of a turn after exit 0 and yielded, of trainings alone', () => {
    const yielded = { event: 'yielded', time: 1, epoch: 3, max_epoch: 9, since_best: 1 } as const;
    const ended = (code: number, kind: 'train' | 'convert' = 'train') =>
      judge({ ...job('j', 'active'), kind }, { exit: exit(code), lastEvent: yielded, silentMs: undefined });
    assert.deepEqual(ended(0), { yielded });
    assert.deepEqual(
      [ended(0, 'convert'), ended(1)].map((verdict) => 'failed' in verdict && verdict.failed.code),
      ['no_result', 'child_crashed'],
    );
  });

  it('of a training is none by the last event of a conversion', () => {
    const wrong = judge(
      { ...job('j', 'active'), kind: 'convert' },
      { exit: exit(0), lastEvent: trainEnd, silentMs: undefined },
    );
    assert.ok('failed' in wrong && wrong.failed.code === 'no_result');
  });
});
