import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBackend } from '../../src/cluster/backend.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';

/** The records of a process that has, or has not, the jobs; what it wrote and what the others were sent. */
function recordsOf(isHeld: boolean) {
  const did: string[] = [];
  const backend = createBackend({
    times: CLUSTER_TIMES,
    claims: { isHeld: () => isHeld },
    node: { send: ({ kind }: { readonly kind: string }) => void did.push(`sent ${kind}`) },
  } as never);
  const files = { write: async ({ id }: Job) => void did.push(`wrote ${id}`) };
  return { records: backend.records(files as never), did };
}

describe('the records of jobs, as one process of a cluster writes them', () => {
  it('are written first, and then the others are sent word', async () => {
    const { records, did } = recordsOf(true);
    await records.write(job('a'));
    assert.deepEqual(did, ['wrote a', 'sent record']);
  });

  it('are left as they are by a process that has lost the job', async () => {
    const { records, did } = recordsOf(false);
    await assert.rejects(records.write(job('a')), /another process has job a now/);
    assert.deepEqual(did, []);
  });
});

describe('the comparison of board and network after a conversion', () => {
  it('is said to the others when it is over, as the report says more then', () => {
    const did: string[] = [];
    const backend = createBackend({
      times: CLUSTER_TIMES,
      redis: { set: async () => 'OK', eval: async () => 1 },
      node: { name: 'this', send: ({ kind }: { readonly kind: string }) => void did.push(`sent ${kind}`) },
    } as never);
    const over = backend.noteComparison(job('a'), () => undefined);
    assert.deepEqual(did, []);
    over();
    assert.deepEqual(did, ['sent record']);
  });
});
