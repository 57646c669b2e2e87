import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { createJobService } from '../../src/jobs/service.ts';
import { catalogue } from '../../src/messages/sentence.ts';
import { createProjectStore } from '../../src/projects/disk-store.ts';
import { testConfig } from '../helpers/test-config.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { LIMITS, uploadTo } from '../helpers/store.ts';

const DAY = 86_400;
const REF = { workspace: '', id: 'p' };

/** A store with a project that is due. */
async function due() {
  const clock = { now: Date.now() / 1000 };
  const config = { projectsDir: await tempDir(), ...LIMITS, keepDays: 10 };
  const store = createProjectStore(config, [''], undefined, () => clock.now);
  await store.recover();
  await uploadTo(store, REF);
  for (let day = 0; day < 12; day += 1) {
    clock.now += DAY;
    await store.lookAtUse(REF);
  }
  assert.equal(await store.lookAtUse(REF), 'due');
  return { store, clock };
}

test('a project that is due is deleted', async () => {
  const { store } = await due();
  assert.equal(await store.removeUnused(REF), true);
  assert.deepEqual(await store.list(''), []);
});

test('one that was used in between is not, and its days begin anew', async () => {
  const { store, clock } = await due();
  await store.noteUse(REF);
  assert.equal(await store.removeUnused(REF), false);
  assert.equal((await store.read(REF)).deletion?.at, clock.now + 10 * DAY);
});

test('nor one that was uploaded in between', async () => {
  const { store, clock } = await due();
  // uploads are dated by the clock of the computer
  clock.now = Date.now() / 1000 + 1;
  await uploadTo(store, REF);
  assert.equal(await store.removeUnused(REF), false);
});

test('a use of a project that is gone makes no folder', async () => {
  const { store } = await due();
  await store.remove(REF);
  await store.noteUse(REF);
  assert.deepEqual(await store.list(''), []);
});

test('one of which a job waits is not deleted, though it was found due before', async () => {
  const { store } = await due();
  const config = await testConfig();
  const bus = createEventBus({ catalogue });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined } as never;
  const jobs = createJobService({ config, store, bus, environment: {}, log, reportDamage: () => undefined });
  const job = await jobs.submitTrain({ workspace: '', address: '10.0.0.7' }, REF, { epochs: 1 });
  const isThere = () => jobs.get('', job.id) !== undefined;
  assert.equal(await jobs.forgetIdle(REF, () => assert.fail('it is needed')), false);
  assert.equal(jobs.get('', job.id)?.job.state, 'waiting');
  await jobs.cancel(REF);
  assert.deepEqual([await jobs.forgetIdle(REF, async () => false), isThere()], [false, true], 'it was used after all');
  assert.deepEqual([await jobs.forgetIdle(REF, async () => true), isThere()], [true, false]);
  await jobs.close();
  bus.close();
});
