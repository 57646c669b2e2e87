import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSoFar } from '../../src/cluster/so-far.ts';
import { takeSoFar } from '../../src/cluster/worker.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

const training = job('t', 'active', { finishing: true });
const conversion = job('c', 'waiting', { kind: 'convert', early: true, inputOf: 't' });

interface Others {
  /** What other processes have. */
  readonly held?: Set<string>;
  readonly isMine?: () => boolean;
  readonly cancelLookMs?: number;
  /** Redis fails the next question. */
  readonly fails?: { next: boolean };
}

/** One process of several. */
function processOf(open: readonly Job[], others: Others = {}) {
  const { held = new Set(), isMine = () => true, cancelLookMs = 60_000, fails = { next: false } } = others;
  const did: string[] = [];
  const own = new Set<string>();
  const take = async (id: string) => {
    const isBroken = fails.next;
    fails.next = false;
    if (isBroken) throw new Error('Redis');
    return !held.has(id) && !own.has(id) && Boolean(own.add(id));
  };
  const soFar = createSoFar({
    leases: {
      take,
      renew: async (id) => own.has(id),
      release: async (id) => (own.delete(id) ? undefined : assert.fail(`${id} is not its own`)),
    },
    registry: { openOf: () => [...open] },
    records: { readProject: async () => void did.push('read'), readJob: async () => undefined },
    replica: { soFar: () => open.filter(({ early }) => early) },
    claims: { has: isMine },
    times: { lookAgainMs: 1, cancelLookMs },
    async shutOut({ jobId }) {
      await new Promise(setImmediate);
      did.push(`shut out ${jobId}`);
    },
    onError: (error) => void did.push(String(error)),
  });
  return { soFar, did, own };
}

describe('the next conversion of a model so far', () => {
  it('is taken by one process, with its lease, and one that another has is not asked for again soon', async () => {
    const other = { ...conversion, id: 'd' };
    const held = new Set(['c']);
    const { soFar, own } = processOf([conversion, other], { held });
    const taken = await soFar.take();
    assert.deepEqual([taken?.jobId, await taken?.renew(), [...own]], ['d', true, ['d']]);
    held.clear();
    assert.equal(await soFar.take(), undefined);
    await taken?.done();
    assert.equal(own.size, 0);
    assert.equal(await taken?.renew(), false, 'another process may have it now');
    await taken?.done();
  });

  it('is asked for again after a while, and where Redis failed another one is taken', async () => {
    const held = new Set(['c']);
    const [other, fails] = [{ ...conversion, id: 'd' }, { next: false }];
    const { soFar, did } = processOf([conversion], { held, cancelLookMs: 10 });
    assert.equal(await soFar.take(), undefined);
    held.clear();
    await until(async () => (await soFar.take()) !== undefined, 20_000, 'that it is taken');
    const broken = processOf([conversion, other], { fails });
    fails.next = true;
    assert.equal((await broken.soFar.take())?.jobId, 'd');
    assert.deepEqual([did, broken.did], [[], ['Error: Redis']]);
  });

  it('counts as one that waits where it does, and is held by one process', async () => {
    const { soFar } = processOf([conversion, { ...conversion, id: 'd', state: 'active' }], { held: new Set(['d']) });
    assert.equal(soFar.waiting(), 1);
    assert.deepEqual([await soFar.hold('c'), await soFar.hold('c'), await soFar.hold('d')], [true, false, false]);
  });
});

describe('a worker', () => {
  const slot = { index: 1, device: 'cpu', threads: 1 };
  /** Whether it takes one; `free`: which of its slots are free. */
  const takes = async (slotsBeside: readonly (typeof slot)[], hasBeside: boolean, free: 'beside' | 'slot') => {
    const options = { soFar: { take: async () => ({}) as never }, slotsBeside, hasBeside: () => hasBeside };
    const taken = await takeSoFar(options, { free: { has: (want) => want === free, slots: 0, hasFreeThread: false } });
    return taken !== undefined;
  };

  it('with slots beside the others converts models so far on these alone', async () => {
    assert.deepEqual([await takes([slot], true, 'beside'), await takes([slot], true, 'slot')], [true, false]);
  });

  it('without them leaves those to such a worker, and converts them where there is none', async () => {
    assert.deepEqual([await takes([], true, 'slot'), await takes([], false, 'slot')], [false, true]);
    assert.equal(await takes([], false, 'beside'), false, 'its slots are taken');
  });
});

describe('a training that is finishing', () => {
  it('waits for all conversions of its model whose lease is held, and for no other', async () => {
    const [held, second] = [new Set(['c', 'of another']), { ...conversion, id: 'd' }];
    const ofAnother = { ...conversion, id: 'of another', inputOf: 'u' };
    const open = [training, conversion, second, ofAnother, job('x', 'waiting', { kind: 'convert', inputOf: 't' })];
    const { soFar, did, own } = processOf(open, { held });
    const over = soFar.whenNone(training).then(() => did.push('over'));
    await until(() => did.filter((what) => what === 'read').length > 3, 20_000, 'some looks');
    assert.deepEqual(new Set(did), new Set(['read', 'shut out d']));
    held.delete('c');
    await over;
    assert.ok(did.slice(-3).includes('shut out c') && did.at(-1) === 'over');
    assert.equal(own.size, 0, 'another worker may take it');
  });

  it('looks again where Redis failed', async () => {
    const { soFar, did } = processOf([training, conversion], { fails: { next: true } });
    await soFar.whenNone(training);
    assert.deepEqual(did, ['read', 'Error: Redis', 'read', 'shut out c']);
  });

  it('waits no more where it was stopped, or is another process’s', async () => {
    const held = new Set(['c']);
    await processOf([conversion], { held }).soFar.whenNone(training);
    await processOf([training, conversion], { held, isMine: () => false }).soFar.whenNone(training);
  });
});
