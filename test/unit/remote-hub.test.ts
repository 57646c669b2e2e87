import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { OutputLine } from '../../src/child/child.ts';
import { type JobLine, trainLine } from '../../src/child/command.ts';
import { createHub, type Hub } from '../../src/cluster/remote/hub.ts';
import type { Slot } from '../../src/jobs/domain/slots.ts';
import { until } from '../helpers/until.ts';

const LOST_MS = 200;
const LINE: JobLine = trainLine(
  { python: 'p', pythonDir: '/py', weightsDir: undefined, missingWeights: 'fail' },
  {
    ...{ entry: 'train_image_classification' as const, project: '/p/input', output: '/p/output', cache: '/p/cache' },
    ...{
      checkpoints: '/p/c',
      instant: '/p/i',
      device: 'cpu',
      threads: 1,
      resumeAfterEpoch: undefined,
      answered: false,
    },
  },
);

// its timers keep no process alive
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

function begin() {
  const hub = createHub(LOST_MS);
  const [slots, lost]: [Slot[], Slot[]] = [[], []];
  hub.begin({ onSlot: (slot) => void slots.push(slot), onLost: (slot) => void lost.push(slot) });
  const token = hub.offer({ device: 'cpu', threads: 2 }) ?? '';
  return { hub, token, slots, lost };
}

function take(hub: Hub, { index }: Slot) {
  const lines: OutputLine[] = [];
  const run = hub.take(index, { onLines: (some) => void lines.push(...some), onStderr: () => undefined }, 'job');
  run.child.writeLine(JSON.stringify(LINE));
  return { run, lines };
}

describe('the slots that hosts offer', () => {
  it('are refused before somebody runs jobs on them', () =>
    assert.equal(createHub(LOST_MS).offer({ device: 'cpu', threads: 1 }), undefined));

  it('are lost where nobody asks for orders, and are not while somebody does', async () => {
    const { hub, token, slots, lost } = begin();
    const end = performance.now() + 3 * LOST_MS;
    while (performance.now() < end) await hub.next(token, 0);
    assert.deepEqual(lost, []);
    await until(() => lost.length > 0, 20_000, 'its loss');
    assert.deepEqual(lost, slots);
    assert.equal(hub.next(token, 0), undefined);
  });

  it('run on what one of their hosts has said, while it is there', async () => {
    const { hub, token } = begin();
    const other = hub.offer({ device: 'cuda:0', threads: 2 }) ?? '';
    const machine = { device: 'NVIDIA H200', backend: 'torch 2.9' };
    const asked = [hub.next(token, 0)];
    assert.equal(hub.machine, undefined);
    asked.push(hub.next(other, 0, machine), hub.next(other, 0), hub.next(token, 0));
    assert.deepEqual(hub.machine, machine);
    hub.leave(other);
    assert.equal(hub.machine, undefined);
    await Promise.all(asked);
  });

  it('are given an order again until they have it', async () => {
    const { hub, token, slots } = begin();
    const { run } = take(hub, slots[0] as Slot);
    const [first] = (await hub.next(token, 0)) ?? [];
    assert.equal(first?.kind, 'run');
    assert.deepEqual(await hub.next(token, 0), [first]);
    run.child.writeLine('{"yield":true}');
    const [second, ...rest] = (await hub.next(token, first?.n ?? 0)) ?? [];
    assert.deepEqual([second?.kind, rest.length], ['line', 0]);
  });

  it('answer at once when an order comes', async () => {
    const { hub, token, slots } = begin();
    const asked = hub.next(token, 0);
    take(hub, slots[0] as Slot);
    assert.equal((await asked)?.length, 1);
  });
});

describe('a child on a host', { timeout: 20_000 }, () => {
  it('has each line once, in order, and none may be missing', () => {
    const { hub, slots } = begin();
    const { run, lines } = take(hub, slots[0] as Slot);
    assert.equal(run.take(0, [{ text: 'a' }, { text: 'b' }]), 2);
    assert.equal(run.take(1, [{ text: 'b' }, { text: 'c' }]), 3);
    assert.deepEqual(lines, [{ text: 'a' }, { text: 'b' }, { text: 'c' }]);
    assert.equal(run.take(4, [{ text: 'e' }]), undefined, 'one is missing');
  });

  it('is killed for its run, whether the host says so or not', async () => {
    const { hub, slots } = begin();
    const { run } = take(hub, slots[0] as Slot);
    run.child.signal('SIGKILL');
    assert.deepEqual(await run.child.ended, { code: null, signal: 'SIGKILL' });
    assert.equal(run.child.running, false);
    assert.equal(hub.run(run.token), undefined, 'the host is told that the run is over');
  });

  it('says nothing more when it has ended', () => {
    const { hub, slots } = begin();
    const { run, lines } = take(hub, slots[0] as Slot);
    run.ended({ code: 0, signal: null });
    run.take(0, [{ text: 'late' }]);
    assert.deepEqual(lines, []);
  });

  it('ends with its slot', async () => {
    const { hub, token, slots } = begin();
    const { run } = take(hub, slots[0] as Slot);
    hub.leave(token);
    run.child.signal('SIGTERM');
    assert.equal((await run.child.ended).orphaned, true);
  });
});
