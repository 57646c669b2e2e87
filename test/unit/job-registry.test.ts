import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createJobRegistry } from '../../src/jobs/job-registry.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { job } from '../helpers/job.ts';

describe('the registry of jobs', () => {
  it('holds no job whose log could not be opened', () => {
    const full = () => assert.fail('ENOSPC');
    const files = { write: async () => undefined, read: async () => undefined, ids: async () => [] };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: full };
    const registry = createJobRegistry({ store, files, bus, onLogError: full });
    assert.throws(() => registry.enter(job('j')), /ENOSPC/);
    assert.deepEqual([registry.get('j'), registry.openOf({ workspace: '', id: 'p' })], [undefined, []]);
  });
});
