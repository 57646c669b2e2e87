import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import type { EventBus } from '../../src/events/event-bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createJobService } from '../../src/jobs/service.ts';
import type { ProjectStore } from '../../src/projects/store.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { until } from '../helpers/until.ts';

const client = { workspace: '', address: '10.0.0.7' };
const project = (id: string) => ({ workspace: '', id });

/** A job service of its own whose store and event bus a test may change. */
async function startService(change: {
  store?(store: ProjectStore): Partial<ProjectStore>;
  bus?(bus: EventBus): Partial<EventBus>;
}) {
  const { store, dir } = await makeStore();
  const { app, config } = await buildTestApp({ projectsDir: dir });
  const catalogue = loadCatalogue();
  const bus = createEventBus({ catalogue });
  const jobs = createJobService({
    config: { ...config, ...FIXTURE_CHILD, slots: 1 },
    store: { ...store, ...change.store?.(store) },
    bus: { ...bus, ...change.bus?.(bus) },
    environment: process.env,
    log: app.log,
    reportDamage: () => undefined,
  });
  after(async () => {
    await jobs.close();
    bus.close();
  });
  jobs.start();
  return { jobs, store };
}

describe('a fault of the server while a job ends', () => {
  it('costs neither the slot nor the job', async () => {
    let faults = 0;
    const { jobs, store } = await startService({
      bus: (bus) => ({
        register(...args: Parameters<EventBus['register']>) {
          const log = bus.register(...args);
          return {
            ...log,
            finish() {
              if (faults++ === 0) throw new Error('EIO');
              log.finish();
            },
          };
        },
      }),
    });
    for (const id of ['a', 'b']) await uploadTo(store, project(id), { trainConfig: { epochs: 1 } });
    const a = await jobs.submitTrain(client, project('a'), {});
    assert.equal((await jobs.whenFinished(a.id)).state, 'completed');
    const b = await jobs.submitTrain(client, project('b'), {});
    assert.equal((await jobs.whenFinished(b.id)).state, 'completed');
    assert.equal(faults, 2);
    assert.equal((await jobs.whenFinished((await jobs.submitTrain(client, project('a'), {})).id)).state, 'completed');
  });
});

describe('a project that is deleted as the answer to train_end', () => {
  it('leaves no job behind, in memory or on disk', async () => {
    const server = await startJobServer({ slots: 1 });
    for (let round = 0; round < 5; round += 1) {
      const stream = await openStream(`${server.base}/listen`);
      await server.train('p', { epochs: 1 });
      await stream.waitFor('train_end');
      assert.equal((await fetch(`${server.base}/projects/p`, { method: 'DELETE' })).status, 200);
      assert.deepEqual(await server.jobs(), []);
      assert.ok(!existsSync(join(server.config.projectsDir, 'p')));
      stream.close();
    }
    await server.train('p', { epochs: 1 });
    await server.jobIn('p', 'completed');
    assert.equal((await server.jobs()).length, 1);
  });
});

describe('Train beside an upload', () => {
  /** Another upload comes between the first look at the project and the snapshot. */
  const uploadedBetween = async (options: Parameters<typeof uploadTo>[2]) => {
    let between: (() => Promise<unknown>) | undefined;
    const { jobs, store } = await startService({
      store: (real) => ({
        async read(ref) {
          const known = await real.read(ref);
          const once = between;
          between = undefined;
          await once?.();
          return known;
        },
      }),
    });
    const ref = project('p');
    await uploadTo(store, ref, { trainConfig: { epochs: 1 } });
    between = () => uploadTo(store, ref, options, '10.0.0.8');
    return { jobs, store, ref };
  };
  const inputOf = (store: ProjectStore, { ref, inputOf: id }: Job) =>
    (
      JSON.parse(readFileSync(join(store.paths(ref).jobPaths(id).input, 'project.json'), 'utf8')) as {
        projectType: string;
      }
    ).projectType;

  it('is of one upload: what the job says of its project is what it trains', async () => {
    const { jobs, store, ref } = await uploadedBetween({ type: 'VOICE_CLASSIFICATION', trainConfig: { epochs: 1 } });
    const job = await jobs.submitTrain(client, ref, {});
    assert.deepEqual([job.projectType, job.owner], [inputOf(store, job), '10.0.0.8']);
    await until(() => jobs.get('', job.id)?.job.state === 'completed');
  });

  it('is refused for what the newer upload is', async () => {
    const { jobs, ref, store } = await uploadedBetween({ board: 'kidbright-mai-plus' });
    await assert.rejects(jobs.submitTrain(client, ref, {}), { code: 'board_not_set_up' });
    assert.deepEqual([jobs.list('').length, existsSync(store.paths(ref).root)], [0, true]);
  });
});
