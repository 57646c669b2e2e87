import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { createJobService } from '../../src/jobs/service.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { until } from '../helpers/until.ts';

it('a training whose model is being put in place is not cut off by a second Train: the model stays, then the new one trains', async () => {
  const { store, dir } = await makeStore();
  const { app, config } = await buildTestApp({ projectsDir: dir });
  const catalogue = loadCatalogue();
  const bus = createEventBus({ catalogue });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let committing = 0;
  const slow = {
    ...store,
    async commitOutput(...args: Parameters<typeof store.commitOutput>) {
      committing += 1;
      if (committing === 1) await released;
      return store.commitOutput(...args);
    },
  };
  const jobs = createJobService({
    config: { ...config, ...FIXTURE_CHILD, slots: 2 },
    store: slow,
    bus,
    environment: process.env,
    log: app.log,
    reportDamage: () => assert.fail(),
  });
  after(async () => {
    await jobs.close();
    bus.close();
  });
  jobs.start();
  const [client, ref] = [
    { workspace: '', address: '10.0.0.7' },
    { workspace: '', id: 'p' },
  ];
  const model = () => readFileSync(join(store.paths(ref).output, 'model.pth'), 'utf8');

  await uploadTo(store, ref, { trainConfig: { epochs: 1, mark: 'first' } });
  const first = await jobs.submitTrain(client, ref, {});
  await until(() => committing === 1);
  const second = await jobs.submitTrain(client, ref, { mark: 'second', script: 'silent' });
  assert.deepEqual([jobs.get('', first.id)?.job.state, jobs.get('', second.id)?.job.state], ['active', 'waiting']);
  release();
  assert.equal((await jobs.whenFinished(first.id)).state, 'completed');
  await until(() => jobs.get('', second.id)?.job.state === 'active');
  assert.match(model(), /first/);
  await jobs.cancel(ref);
  assert.match(model(), /first/);
});
