import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnswerQueue } from '../../src/jobs/domain/answer-queue.ts';
import type { Answered } from '../../src/jobs/first-answers/answered.ts';
import { createFirstAnswers, type FirstAnswersOptions } from '../../src/jobs/first-answers/lane.ts';
import type { FirstAnswerHandlers, FirstAnswerRequest } from '../../src/jobs/first-answers/process.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

// Who is answered for and when others step back, with a process that does what the test says.

/** A lane over a queue of these jobs, and all that it does, in order. */
function laneOver(queue: string[], more: Partial<FirstAnswersOptions> = {}, shared: Partial<AnswerQueue> = {}) {
  const did: string[] = [];
  const said = () => did.splice(0);
  let handlers: FirstAnswerHandlers | undefined;
  let ended = () => {};
  let started = 0;
  const next = (without: ReadonlySet<string>) => {
    const id = queue.find((each) => !without.has(each));
    return id === undefined ? undefined : job(id);
  };
  const lane = createFirstAnswers({
    queue: {
      next,
      following: next,
      hold: ({ id }) => {
        did.push(`hold ${id}`);
        return true;
      },
      letGo: ({ id }) => void did.push(`let go ${id}`),
      ...shared,
    },
    mayRun: () => true,
    requestFor: ({ id }) => ({ id, classroom: '', args: [] }),
    start: (given) => {
      handlers = given;
      did.push('start');
      const child = (started += 1);
      return {
        child,
        send: ({ id, next }: FirstAnswerRequest) =>
          did.push(`ask ${id}, then ${next?.map((one) => one.id).join() ?? 'none'}`),
        stop: () => {
          did.push('stop');
          return new Promise<void>((resolve) => (ended = resolve));
        },
      };
    },
    onEvent: ({ id }, { event }) => did.push(`${event} of ${id}`),
    onAnswered: async ({ id }) => {
      did.push(`answered ${id}`);
      queue.splice(queue.indexOf(id), 1);
    },
    onRefused: async ({ id }, { code }) => {
      did.push(`refused ${id}: ${code}`);
      queue.splice(queue.indexOf(id), 1);
    },
    onBusy: (busy) => did.push(busy ? 'busy' : 'idle'),
    report: (_message, { job: of, child }) => did.push(`report ${of?.id ?? 'nobody'} by ${child}`),
    idleMs: 60_000,
    ...more,
  });
  const answer = async (answered: Answered) => {
    handlers?.onAnswered(answered);
    await new Promise(setImmediate);
  };
  return { lane, said, answer, ends: () => ended(), dies: () => handlers?.onEnd(''), handlers: () => handlers };
}

const begun = (id: string, next = 'none') => [`hold ${id}`, 'busy', `ask ${id}, then ${next}`];

describe('the lane of first answers', () => {
  it('is busy from its first job to its last, and holds each one while it is answered for', async () => {
    const { lane, said, answer, handlers } = laneOver(['a', 'b']);
    lane.wake();
    lane.wake();
    assert.deepEqual(said(), ['hold a', 'busy', 'start', 'ask a, then b']);
    handlers()?.onEvent({ event: 'instant_model', time: 1 } as never);
    await answer({ id: 'b' });
    assert.deepEqual(said(), ['instant_model of a'], 'an answer for another job is none');
    await answer({ id: 'a' });
    assert.deepEqual(said(), ['answered a', 'let go a', ...begun('b')]);
    await answer({ id: 'b' });
    assert.deepEqual(said(), ['answered b', 'let go b', 'idle']);
    handlers()?.onEvent({ event: 'instant_model', time: 1 } as never);
    assert.deepEqual(said(), [], 'nobody is being answered for');
  });

  it('names the two that follow with each job, but none that was given up', async () => {
    const { lane, said, answer } = laneOver(['a', 'b', 'c', 'd']);
    lane.wake();
    assert.equal(said().at(-1), 'ask a, then b,c');
    await answer({ id: 'a', failed: 'too large' });
    assert.equal(said().at(-1), 'ask b, then c,d');
    await answer({ id: 'b' });
    assert.equal(said().at(-1), 'ask c, then d');
  });

  it('starts no process without memory for it, but asks on the one that is there', async () => {
    let hasMemory = false;
    const queue = ['a'];
    const { lane, said, answer } = laneOver(queue, { mayRun: () => hasMemory });
    lane.wake();
    assert.deepEqual(said(), ['idle']);
    hasMemory = true;
    lane.wake();
    assert.equal(said().at(-1), 'ask a, then none');
    hasMemory = false;
    queue.push('b');
    await answer({ id: 'a' });
    assert.equal(said().at(-1), 'ask b, then none');
  });

  it('refuses what cannot be trained, and passes over what it cannot answer for until nobody waits', async () => {
    const queue = ['a', 'b'];
    const { lane, said, answer } = laneOver(queue);
    lane.wake();
    said();
    await answer({ id: 'a', error: { code: 'too_few_labels', msg: '' } });
    assert.deepEqual(said(), ['refused a: too_few_labels', 'let go a', ...begun('b')]);
    await answer({ id: 'b', failed: 'too large' });
    assert.deepEqual(said(), ['report b by 1', 'let go b', 'idle']);
    queue.push('c');
    lane.wake();
    assert.deepEqual(said(), begun('c'), 'b is not asked about again');
    queue.shift();
    await answer({ id: 'c' });
    queue.push('b');
    said();
    lane.wake();
    assert.deepEqual(said(), begun('b'), 'all is forgotten once nobody waits');
  });

  it('gives a job up whose answer cannot be kept, and goes on', async () => {
    const full = async () => {
      throw new Error('no space left');
    };
    const { lane, said, answer } = laneOver(['a', 'b'], { onAnswered: full });
    lane.wake();
    said();
    await answer({ id: 'a' });
    assert.deepEqual(said(), ['report a by 1', 'let go a', ...begun('b')]);
  });

  it('tries a job once more when the process died with it, and then the next one', () => {
    const { lane, said, dies } = laneOver(['a', 'b']);
    lane.wake();
    said();
    dies();
    assert.deepEqual(said(), ['report a by 1', 'let go a', 'hold a', 'busy', 'start', 'ask a, then b']);
    dies();
    assert.deepEqual(said(), ['report a by 2', 'let go a', 'hold b', 'busy', 'start', 'ask b, then none']);
  });

  it('asks about nobody while a dropped job ends its process, and lets that job go afterwards', async () => {
    const { lane, said, ends } = laneOver(['a', 'b']);
    lane.wake();
    said();
    await lane.drop('b');
    assert.deepEqual(said(), []);
    const dropped = lane.drop('a');
    lane.wake();
    assert.deepEqual(said(), ['stop']);
    ends();
    await dropped;
    assert.deepEqual(said().slice(0, 4), ['let go a', 'hold a', 'busy', 'start']);
  });

  it('ends its process after a while without a job, and looks again then', async () => {
    const queue = ['a'];
    const { lane, said, answer, ends } = laneOver(queue, { idleMs: 1 });
    lane.wake();
    await answer({ id: 'a' });
    await until(() => said().includes('stop') || undefined, 20_000, 'its end');
    queue.push('b');
    lane.wake();
    assert.deepEqual(said(), [], 'not before it has ended');
    ends();
    await new Promise(setImmediate);
    assert.deepEqual(said(), ['hold b', 'busy', 'start', 'ask b, then none']);
  });

  it('does not end it for a time without a job that is over', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const queue = ['a'];
    const { lane, said, answer } = laneOver(queue);
    lane.wake();
    await answer({ id: 'a' });
    queue.push('b');
    lane.wake();
    said();
    t.mock.timers.tick(60_000);
    assert.deepEqual(said(), []);
  });

  it('asks about nobody once it is closed', async () => {
    const queue = ['a'];
    const { lane, said, answer, ends } = laneOver(queue);
    lane.wake();
    await answer({ id: 'a' });
    said();
    const closed = lane.close();
    ends();
    await closed;
    queue.push('b');
    lane.wake();
    assert.deepEqual(said(), ['stop']);
  });
});
