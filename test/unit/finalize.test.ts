import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { createFinalize } from '../../src/jobs/run/finalize.ts';
import type { JobFiles } from '../../src/jobs/run/job-files.ts';
import type { JobLog } from '../../src/events/log/job-log.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createJobRegistry, type JobRegistry } from '../../src/jobs/job-registry.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { job } from '../helpers/job.ts';

/** A job that completes, its log and its files being those of a test. Resolves with all jobs as they are then. */
async function complete(log: JobLog, filesFor: (jobs: () => JobRegistry) => JobFiles): Promise<JobRegistry> {
  const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: () => log };
  const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
  const files = filesFor(() => registry);
  const registry: JobRegistry = createJobRegistry({ store, files, bus, onLogError: () => undefined });
  registry.enter(job('j', 'active'));
  const finalize = createFinalize({ registry, bus, store, report: () => undefined });
  await finalize(job('j', 'active'), { state: 'completed', event: { event: 'train_end' } });
  return registry;
}

describe('the end of a job', () => {
  it('is on disk before anybody is notified, and says so until it is in the log', async () => {
    const steps: string[] = [];
    const log = {
      append: () => steps.push('notified'),
      keepOpen: () => undefined,
      release: () => undefined,
      flush: () => steps.push('in the log'),
      finish: () => steps.push('streams end'),
    };
    const files = {
      write: async ({ state, pendingEvent }: Job) =>
        void steps.push(`on disk: ${state}${pendingEvent ? ', to be announced' : ''}`),
      read: async () => undefined,
      ids: async () => [],
    };
    await complete(log, () => files);
    assert.deepEqual(steps, [
      'on disk: completed, to be announced',
      'notified',
      'in the log',
      'streams end',
      'on disk: completed',
    ]);
  });
});

describe('a job whose project is deleted while its end is written', () => {
  it('does not come back', async () => {
    const nothing = () => undefined;
    const log = { append: nothing, keepOpen: nothing, release: nothing, flush: nothing, finish: nothing };
    for (const fails of [false, true]) {
      const registry = await complete(log, (jobs) => ({
        write: async () => {
          jobs().remove('j');
          if (fails) throw new Error('ENOENT');
        },
        read: async () => undefined,
        ids: async () => [],
      }));
      assert.deepEqual([registry.get('j'), registry.ofWorkspace('')], [undefined, []]);
    }
  });
});
