import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createSubmissions, type SubmissionsOptions } from '../../src/jobs/submissions.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { job } from '../helpers/job.ts';

describe('a training that cannot be written', () => {
  it('leaves the one in the queue that it would have replaced', async () => {
    const root = await tempDir();
    const ref = { workspace: '', id: 'p' };
    const project = {
      ref,
      name: 'p',
      type: 'IMAGE_CLASSIFICATION',
      board: 'kidbright-mai',
      labels: [],
      trainConfig: {},
      files: 1,
      uploadedBy: '1',
      uploadedAt: 1,
    } as const;
    const store = {
      paths: () => projectPaths(root, '', 'p'),
      read: async () => project,
      admitTraining: async () => undefined,
      snapshot: async () => ({ project, trainConfig: {} }),
    };
    const old = job('a');
    const registry = { openOf: () => [old], enter: () => assert.fail('it is not on disk') };
    const steps: string[] = [];
    const queue = { placeFor: () => old.place };
    const scheduler = {
      queue,
      isRunning: () => false,
      unqueue: (id: string) => steps.push(`out ${id}`) > 0,
      enqueue: ({ id }: Job) => void steps.push(`in ${id}`),
    };
    const submissions = createSubmissions({
      store,
      registry,
      scheduler,
      ids: { next: () => 'b' },
      files: {
        write: async () => {
          throw new Error('the disk is full');
        },
      },
      withinLimit: () => assert.fail('it replaces one'),
      supersede: async () => assert.fail('the old one goes on'),
    } as unknown as SubmissionsOptions);
    await assert.rejects(submissions.train(old.client, ref, {}), /the disk is full/);
    assert.deepEqual([steps, readdirSync(join(root, 'p', 'jobs'))], [['out a', 'in a'], []]);
  });
});
