import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { ChildStreams } from '../../src/child/child-streams.ts';
import { createForkedChild } from '../../src/child/forked-child.ts';

const ORPHANED = { code: null, signal: null, reason: 'the process that forks ended', orphaned: true } as const;
/** A number that no process can have. */
const NO_PROCESS = 2 ** 22 + 1;
const handlers = { onLines: () => undefined, onStderr: () => undefined };

function requestedChild() {
  const streams: ChildStreams = { stdin: new Socket(), stdout: new Socket(), stderr: new Socket() };
  let arrive: (streams: ChildStreams) => void = () => undefined;
  const forked = createForkedChild({}, handlers, new Promise((resolve) => (arrive = resolve)), assert.fail);
  return {
    forked,
    connect: async () => {
      arrive(streams);
      await new Promise(setImmediate);
    },
    destroyed: () => Object.values(streams).map(({ destroyed }) => destroyed),
  };
}

// The process that forks may die between the fork and its report: the child is there, and nobody knows its number.
describe('the pipes of a child that was never reported', () => {
  it('are closed when it is given up, which ends it', async () => {
    const { forked, connect, destroyed } = requestedChild();
    await connect();
    assert.deepEqual(destroyed(), [false, false, false]);
    forked.exited(ORPHANED);
    assert.deepEqual(await forked.child.ended, ORPHANED);
    assert.deepEqual(destroyed(), [true, true, true]);
  });

  it('are closed when they come after it was given up', async () => {
    const { forked, connect, destroyed } = requestedChild();
    forked.exited(ORPHANED);
    await connect();
    assert.deepEqual(destroyed(), [true, true, true]);
  });
});

describe('a forked child whose pipes never come', () => {
  it('has ended all the same when its end is reported', async () => {
    const { forked, connect, destroyed } = requestedChild();
    forked.forked(NO_PROCESS);
    forked.exited({ code: 0, signal: null });
    assert.deepEqual(await forked.child.ended, { code: 0, signal: null });
    await connect();
    assert.deepEqual(destroyed(), [true, true, true]);
  });
});
