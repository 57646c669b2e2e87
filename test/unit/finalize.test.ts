import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { createFinalize } from '../../src/jobs/run/finalize.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createJobRegistry } from '../../src/jobs/job-registry.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { job } from '../helpers/job.ts';

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
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: () => log };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    const files = {
      write: async ({ state, pendingEvent }: Job) =>
        void steps.push(`on disk: ${state}${pendingEvent ? ', to be announced' : ''}`),
      read: async () => undefined,
      ids: async () => [],
    };
    const registry = createJobRegistry({ store, files, bus, onLogError: () => undefined });
    registry.enter(job('j', 'active'));
    const finalize = createFinalize({ registry, bus, store, report: () => undefined });
    await finalize(job('j', 'active'), { state: 'completed', event: { event: 'train_end' } });
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
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: () => log };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    for (const fails of [false, true]) {
      const files = {
        write: async () => {
          registry.remove('j');
          if (fails) throw new Error('ENOENT');
        },
        read: async () => undefined,
        ids: async () => [],
      };
      const registry = createJobRegistry({ store, files, bus, onLogError: () => undefined });
      registry.enter(job('j', 'active'));
      const finalize = createFinalize({ registry, bus, store, report: () => undefined });
      await finalize(job('j', 'active'), { state: 'completed', event: { event: 'train_end' } });
      assert.deepEqual([registry.get('j'), registry.ofWorkspace('')], [undefined, []]);
    }
  });
});
