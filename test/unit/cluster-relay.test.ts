import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSharedClock } from '../../src/cluster/clock.ts';
import type { ClusterMessage } from '../../src/cluster/messages.ts';
import { createSharedRelay, type Part } from '../../src/cluster/relay.ts';
import { createWatermarks } from '../../src/cluster/watermarks.ts';

/** The relay of one process, what it passed on, and what it sent. */
function relayOf(slot: number) {
  const watermarks = createWatermarks<Part>(Infinity);
  const sent: ClusterMessage[] = [];
  const passed: Part[] = [];
  const clock = createSharedClock(slot, () => 0);
  const relay = createSharedRelay({ clock, watermarks, mayWrite: () => true, send: (body) => void sent.push(body) });
  relay.receive((part) => void passed.push(part));
  return { relay, watermarks, sent, passed };
}

const owner = (jobId: string) => ({ jobId, workspace: '', projectId: jobId, addresses: new Set<string>() });
const at = (time: number) => ({ event: 'epoch_end', seq: time, time });
const times = (parts: readonly Part[]) =>
  parts.map((part) => (part.kind === 'stored' ? part.events.map(({ time }) => time) : part.kind));

describe('the way of events between processes', () => {
  const take = (relay: ReturnType<typeof relayOf>['relay'], jobId: string, ...stamps: number[]) => {
    const message = { kind: 'stored', owner: owner(jobId), events: stamps.map(at) } as const;
    relay.take({ node: 'a', count: 1, watermark: 0, body: { kind: 'relay', stamps, message } });
  };

  it('those of several jobs are put in order, one by one, and what follows each other goes together', () => {
    const { relay, watermarks, passed } = relayOf(0);
    take(relay, 'x', 1, 2, 5);
    take(relay, 'y', 3, 4);
    watermarks.promise('a', 9, 0);
    relay.passOn();
    assert.deepEqual(times(passed), [[1, 2], [3, 4], [5]]);
  });

  it('"received" is up to where everything was passed on, and not what has come', () => {
    const { relay, watermarks, passed } = relayOf(0);
    watermarks.promise('a', 2, 0);
    take(relay, 'x', 1, 3);
    relay.passOn();
    assert.deepEqual([times(passed), relay.received], [[[1]], 2]);
    watermarks.promise('a', 3, 0);
    relay.passOn();
    assert.deepEqual([times(passed), relay.received], [[[1], [3]], 3]);
  });

  it('what is sent has the stamps of its events, or one of its own', () => {
    const { relay, sent } = relayOf(0);
    relay.send({ kind: 'stored', owner: owner('x'), events: [at(7), at(8)] });
    relay.send({ kind: 'job', owner: owner('x'), event: { event: 'notice' } });
    relay.send({ kind: 'job', owner: owner('x'), event: { event: 'notice' } });
    const [stored, own, next] = sent.map((body) => (body.kind === 'relay' ? body.stamps : []));
    assert.deepEqual(stored, [7, 8]);
    assert.equal(own?.length, 1);
    assert.ok((next?.[0] ?? 0) > (own?.[0] ?? 0));
  });
});
