import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Child, ChildExit, ChildHandlers } from '../../src/child/child.ts';
import { takeChild } from '../../src/jobs/run/run-child.ts';

const LINE = { entry: 'convert', args: [] } as const;
const SILENCE_MS = 1500;

/** A run of a child that says what the test has it say. */
function begin() {
  let handlers: ChildHandlers | undefined;
  let leave: (exit: ChildExit) => void = () => undefined;
  const ended = new Promise<ChildExit>((resolve) => (leave = resolve));
  const child: Child = {
    pid: undefined,
    started: Promise.resolve(undefined),
    running: true,
    ended,
    signal: () => undefined,
    writeLine: () => true,
    setHandlers: () => undefined,
  };
  const run = takeChild({
    take: (given) => {
      handlers = given;
      return child;
    },
    stderr: { write: () => undefined, close: () => undefined },
    silenceMs: SILENCE_MS,
    exitGraceMs: 60_000,
    urgency: 'job',
    onEvent: () => undefined,
  });
  const result = run.work(LINE);
  const say = (event: object) => handlers?.onLines([{ text: JSON.stringify({ time: 1, ...event }) }]);
  return { say, result, leave: () => leave({ code: 0, signal: null }) };
}

describe('a child', () => {
  it('that says something now and then is not silent, however long it works', async () => {
    const { say, result, leave } = begin();
    for (const end = Date.now() + 2 * SILENCE_MS; Date.now() < end; await pause(50)) say({ event: 'heartbeat' });
    leave();
    assert.equal((await result).silentMs, undefined);
  });

  it('that says nothing is', async () => {
    const { result, leave } = begin();
    await pause(2 * SILENCE_MS);
    leave();
    assert.equal((await result).silentMs, SILENCE_MS);
  });

  it('that ends twice is judged by what it said first', async () => {
    const { say, result, leave } = begin();
    say({ event: 'error', code: 'disk_full', msg: 'full' });
    say({ event: 'error', code: 'internal', msg: 'and so on' });
    leave();
    const { lastEvent } = await result;
    assert.deepEqual([lastEvent?.event, lastEvent && 'code' in lastEvent && lastEvent.code], ['error', 'disk_full']);
  });
});
