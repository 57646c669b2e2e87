import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createSharedClock } from '../../src/cluster/clock.ts';
import { createNode } from '../../src/cluster/node.ts';
import { connectRedis } from '../../src/cluster/redis.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// Events from two writers to two web servers.

const PER_SECOND = 10_000;
const SECONDS = 5;
const BATCH_MS = 15;

describe('ten thousand events a second', { skip: noRedis }, () => {
  it('from two writers to two web servers: all arrive, in one order', async (context) => {
    const redis = await startRedis();
    const nodes = await Promise.all([0, 1, 2, 3].map((slot) => join(redis.url, slot)));
    const [first, second, ...webs] = nodes;
    const seen = webs.map(() => [] as number[]);
    const delays: number[] = [];
    webs.forEach(({ relay }, index) => {
      relay.receive((message) => {
        if (message.kind !== 'stored') return;
        for (const { time } of message.events) {
          seen[index]?.push(time);
          delays.push(Date.now() - time * 1000);
        }
      });
    });
    let sent = 0;
    const begun = performance.now();
    while (sent < PER_SECOND * SECONDS) {
      await pause(BATCH_MS);
      const due = Math.min(PER_SECOND * SECONDS, (PER_SECOND * (performance.now() - begun)) / 1000) - sent;
      for (const [writer, count] of [
        [first, Math.floor(due / 2)],
        [second, Math.ceil(due / 2)],
      ] as const) {
        const events = Array.from({ length: Math.max(0, count) }, (_, index) => ({
          ...{ seq: index, event: 'epoch_end', time: writer?.relay.clock.next() ?? 0 },
        }));
        const owner = { jobId: 'j', workspace: '', projectId: 'p', addresses: new Set(['127.0.0.1']) };
        if (events.length > 0) writer?.relay.send({ kind: 'stored', owner, events });
        sent += events.length;
      }
    }
    await until(() => seen.every(({ length }) => length >= sent), 60_000, 'all events');
    for (const times of seen) {
      assert.equal(times.length, sent);
      assert.ok(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)));
    }
    delays.sort((a, b) => a - b);
    const at = (share: number) => delays[Math.floor(share * (delays.length - 1))]?.toFixed(0);
    context.diagnostic(
      `${sent} events in ${((performance.now() - begun) / 1000).toFixed(1)} s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    );
  });
});

async function join(url: string, slot: number) {
  const redis = await connectRedis(url, () => undefined);
  const node = createNode({
    ...{ redis, name: `n${slot}`, clock: createSharedClock(slot, () => 0), times: CLUSTER_TIMES },
    mayWrite: () => true,
    report: () => undefined,
  });
  const handlers = { onMessage: () => undefined, onLoss: async () => undefined, onRestart: () => undefined };
  await node.begin(() => ({ slots: 0, device: '', backend: '' }), handlers);
  after(async () => {
    await node.close();
    redis.disconnect();
  });
  return node;
}
