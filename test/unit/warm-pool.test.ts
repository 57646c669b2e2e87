import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Child, ChildExit, ChildHandlers } from '../../src/child/child.ts';
import type { Starter } from '../../src/child/starter.ts';
import { createWarmPool, type WarmPoolOptions } from '../../src/child/warm-pool.ts';
import { until } from '../helpers/until.ts';

// Which children wait, and what of them reaches whom, with children that do what the test says.

const READY = { event: 'ready', time: 1, torch: '2.9', device: 'CPU' };
const silent: ChildHandlers = { onLines: () => undefined, onStderr: () => undefined };

function poolWith(more: Partial<WarmPoolOptions> & { memory?: number } = {}) {
  const children: ReturnType<typeof madeChild>[] = [];
  const did: string[] = [];
  const starter: Starter = {
    start(_command, handlers) {
      const made = madeChild(handlers);
      children.push(made);
      return made.child;
    },
    ahead: { afterMs: 0, memory: more.memory ?? 1 },
    rest: () => did.push('rest'),
    close: async () => void did.push('close'),
  };
  const pool = createWarmPool({
    slots: 2,
    starter,
    commandOf: () => ({ file: '', args: [], env: {} }),
    idleMs: 60_000,
    minFreeBytes: 5,
    checkMs: 60_000,
    freeBytes: () => 5,
    onReady: () => did.push('ready'),
    onLost: (slot, written) => did.push(`lost ${slot}: ${written}`),
    ...more,
  });
  after(() => pool.close());
  return { pool, children, said: () => did.splice(0) };
}

function madeChild(first: ChildHandlers) {
  let handlers = first;
  let running = true;
  let leave: (exit: ChildExit) => void = () => undefined;
  const ended = new Promise<ChildExit>((resolve) => (leave = resolve));
  const end = async (more: Partial<ChildExit> = {}) => {
    running = false;
    leave({ code: 1, signal: null, ...more });
    await new Promise(setImmediate);
  };
  const child: Child = {
    pid: undefined,
    started: Promise.resolve(undefined),
    get running() {
      return running;
    },
    ended,
    signal: () => void end(),
    writeLine: () => true,
    setHandlers: (next) => (handlers = next),
  };
  return {
    child,
    end,
    die: () => (running = false),
    say: (...events: (object | string)[]) =>
      handlers.onLines(events.map((event) => ({ text: typeof event === 'string' ? event : JSON.stringify(event) }))),
    warn: (text: string) => handlers.onStderr(Buffer.from(text)),
  };
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the children that wait', () => {
  it('are one for each slot there is, while memory suffices', () => {
    let free = 4;
    const { pool, children } = poolWith({ freeBytes: () => free });
    pool.prepare(0);
    assert.equal(children.length, 0);
    free = 5;
    for (const slot of [0, 0, 1, 2]) pool.prepare(slot);
    assert.deepEqual(
      pool.waiting,
      children.map(({ child }) => child),
    );
    assert.equal(children.length, 2);
  });

  it('are made ahead for the next job while one runs, if there is memory for as many more as the starter says', async () => {
    let free = 9;
    const { pool, children } = poolWith({ memory: 2, freeBytes: () => free });
    pool.take(0, silent);
    await tick();
    assert.deepEqual([children.length, pool.waiting.length], [1, 0]);
    free = 10;
    pool.take(0, silent);
    await until(() => pool.waiting.length === 1 || undefined, 20_000, 'the next child');
    const { child } = pool.take(0, silent);
    await children[2]?.end();
    assert.equal(child.running, false);
    await tick();
    assert.equal(pool.waiting.length, 0, 'the job has ended: its slot asks by itself');
  });

  it('are ended when they have waited for long, and the starter may rest when none is left', async () => {
    const { pool, children, said } = poolWith({ checkMs: 1, idleMs: 1 });
    pool.prepare(0);
    await until(() => children[0]?.child.running === false || undefined, 20_000, 'its end');
    await until(() => said().includes('rest') || undefined, 20_000, 'the rest');
    assert.deepEqual(pool.waiting, []);
  });

  it('are ended when memory gets short', async () => {
    let free = 5;
    const { pool, children, said } = poolWith({ checkMs: 1, freeBytes: () => free });
    pool.prepare(0);
    await tick();
    assert.equal(children[0]?.child.running, true);
    free = 4;
    await until(() => children[0]?.child.running === false || undefined, 20_000, 'its end');
    await pool.close();
    said();
    await tick();
    assert.deepEqual(said(), [], 'nothing is looked at any more');
  });

  it('are lost when they end by themselves, with a reason or what they wrote', async () => {
    const { pool, children, said } = poolWith();
    pool.prepare(0);
    pool.prepare(1);
    children[0]?.warn('no module ');
    children[0]?.say('called torch');
    await children[0]?.end();
    await children[1]?.end({ reason: 'ENOENT' });
    assert.deepEqual(said(), ['lost 0: no module called torch\n', 'lost 1: ENOENT']);
    assert.deepEqual(pool.waiting, []);
  });

  it('are not lost when a job has them, or when all is closed', async () => {
    const { pool, children, said } = poolWith();
    pool.prepare(0);
    pool.take(0, silent);
    await children[0]?.end();
    pool.prepare(1);
    await pool.close();
    assert.equal(children.at(-1)?.child.running, false);
    pool.prepare(0);
    assert.deepEqual([said(), pool.waiting], [['close'], []]);
  });
});

describe('a job', () => {
  it('gets the child that waits, what that wrote, and all it says but that it is ready', () => {
    const { pool, children, said } = poolWith();
    pool.prepare(0);
    children[0]?.warn('a warning of an import\n');
    const received: string[] = [];
    const { child, warm } = pool.take(0, {
      onLines: (lines) => received.push(...lines.map((line) => ('text' in line ? line.text : ''))),
      onStderr: (chunk) => received.push(chunk.toString()),
    });
    assert.deepEqual([child === children[0]?.child, warm], [true, true]);
    children[0]?.say('noise', READY, 'first');
    children[0]?.say(READY);
    assert.deepEqual(received, ['a warning of an import\n', 'noise', 'first', JSON.stringify(READY)]);
    assert.deepEqual(said(), ['ready']);
  });

  it('learns from the child itself what the machine is, also if it was started for the job', () => {
    const { pool, children, said } = poolWith();
    assert.equal(pool.take(0, silent).warm, false);
    children[0]?.say(READY);
    assert.deepEqual(said(), ['ready']);
  });

  it('gets another child if the one that waits has died, though nobody has noticed', () => {
    const { pool, children } = poolWith();
    pool.prepare(0);
    children[0]?.die();
    const { child, warm } = pool.take(0, silent);
    assert.deepEqual([child === children[1]?.child, warm], [true, false]);
  });
});
