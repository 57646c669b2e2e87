import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSoFar } from '../../src/cluster/so-far.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

const training = job('t', 'active', { finishing: true });
const conversion = job('c', 'waiting', { kind: 'convert', early: true, inputOf: 't' });

/** One process of several; `held`: what others have. */
function processOf(open: readonly Job[], held: ReadonlySet<string> = new Set(), isMine = () => true) {
  const did: string[] = [];
  const own = new Set<string>();
  const soFar = createSoFar({
    leases: {
      take: async (id) => !held.has(id) && !own.has(id) && Boolean(own.add(id)),
      renew: async (id) => own.has(id),
      release: async (id) => void own.delete(id),
    },
    registry: { openOf: () => [...open] },
    records: { readProject: async () => void did.push('read'), readJob: async () => undefined },
    replica: { soFar: () => open.filter(({ early }) => early) },
    claims: { has: isMine },
    times: { lookAgainMs: 1, cancelLookMs: 60_000 },
    shutOut: async ({ jobId }) => void did.push(`shut out ${jobId}`),
    onError: assert.fail,
  });
  return { soFar, did, own };
}

describe('the next conversion of a model so far', () => {
  it('is taken by one process, with its lease, and one that another has is not asked for again soon', async () => {
    const other = { ...conversion, id: 'd' };
    const held = new Set(['c']);
    const { soFar, own } = processOf([conversion, other], held);
    const taken = await soFar.take();
    assert.deepEqual([taken?.jobId, await taken?.renew(), [...own]], ['d', true, ['d']]);
    held.clear();
    assert.equal(await soFar.take(), undefined);
    await taken?.done();
    assert.equal(own.size, 0);
  });
});

describe('a training that is finishing', () => {
  it('waits for a conversion whose lease is held, and for no other', async () => {
    const held = new Set(['c']);
    const { soFar, did } = processOf([training, conversion, job('x', 'waiting', { kind: 'convert' })], held);
    const over = soFar.whenNone(training).then(() => did.push('over'));
    await until(() => did.length > 3, 20_000, 'some looks');
    assert.deepEqual(new Set(did), new Set(['read']));
    held.clear();
    await over;
    assert.deepEqual(did.slice(-2), ['shut out c', 'over']);
  });

  it('waits no more where it was stopped, or is another process’s', async () => {
    const held = new Set(['c']);
    await processOf([conversion], held).soFar.whenNone(training);
    await processOf([training, conversion], held, () => false).soFar.whenNone(training);
  });
});
