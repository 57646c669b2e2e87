import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stopAnywhere } from '../../src/cluster/stop-jobs.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { job } from '../helpers/job.ts';

describe('a conversion of the model so far that another process has', () => {
  it('is ended by who cancels it where that process is gone', async () => {
    const conversion = job('c', 'active', { kind: 'convert', early: true, inputOf: 't' });
    const did: string[] = [];
    let now = conversion;
    await stopAnywhere(
      {
        parts: { registry: { get: () => now } },
        claims: { cancel: async () => void did.push('flag') },
        sendCancel: () => void did.push('message'),
        records: { readJob: async () => now },
        soFar: {
          endIfLeft: async () => {
            did.push('ended');
            now = { ...conversion, state: 'cancelled' };
          },
        },
        times: { stopWaitMs: 2_000, lookAgainMs: 1 },
      } as never,
      'c',
      { cancelled: reasonOf('cancelled') },
    );
    assert.deepEqual(did, ['flag', 'message', 'ended']);
  });
});
