import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReplica } from '../../src/cluster/replica.ts';
import { isOpen, type Job } from '../../src/jobs/domain/job.ts';
import { refKey } from '../../src/projects/project.ts';
import { job } from '../helpers/job.ts';

const SLICES = { leastS: 1, costs: 20 };

/** A replica that has read these records. */
function replicaOf(...jobs: readonly Job[]) {
  const all = new Map(jobs.map((one) => [one.id, one]));
  const openOf = (ref: Job['ref']) => [...all.values()].filter((one) => isOpen(one) && refKey(one.ref) === refKey(ref));
  const replica = createReplica({ get: (id) => all.get(id), openOf }, { watch: () => undefined }, SLICES);
  for (const one of jobs) replica.note(one);
  return replica;
}

const idsOf = (jobs: readonly Job[]) => jobs.map(({ id }) => id);
const other = { ref: { workspace: '', id: 'q' } };

describe('what waits and runs in all processes', () => {
  it('of one project, a job may start when the one before has ended', () => {
    const older = job('a');
    const replica = replicaOf(older, job('b'), job('c', 'waiting', other));
    assert.deepEqual(idsOf(replica.ready()), ['a', 'c']);
    replica.note({ ...older, state: 'active' });
    assert.deepEqual(idsOf(replica.ready()), ['c']);
    assert.deepEqual(idsOf(replica.runningOf(older.ref)), ['a']);
  });

  it('of one project, none starts beside one that runs, also if it is older', () => {
    assert.deepEqual(idsOf(replicaOf(job('a'), job('b', 'active')).ready()), []);
  });

  it('those of who is served already come after those of others', () => {
    const of = (address: string, project: string, round: number) => ({
      client: { workspace: '', address },
      ref: { workspace: '', id: project },
      place: { round, since: project },
    });
    const replica = replicaOf(
      job('a', 'active', of('1', 'a', 0)),
      job('b', 'waiting', of('1', 'b', 1)),
      job('c', 'waiting', of('2', 'c', 0)),
    );
    assert.deepEqual(idsOf(replica.ready()), ['c', 'b']);
  });

  it('what has ended or is gone neither waits nor runs', () => {
    const replica = replicaOf(job('a', 'active'), job('b', 'waiting', other));
    replica.note(job('a', 'completed'));
    replica.forget('b');
    assert.deepEqual([replica.running(), replica.ready(), replica.lanes.isEmpty], [[], [], true]);
    assert.deepEqual(replica.runningOf(job('a').ref), []);
  });

  it('a conversion of the model so far may start beside its training until that is finishing, and waits apart', () => {
    const soFar = { kind: 'convert', early: true, inputOf: 'a' } as const;
    const training = job('a', 'active');
    const replica = replicaOf(training, job('b', 'waiting', soFar));
    assert.deepEqual([idsOf(replica.soFar()), idsOf(replica.ready())], [['b'], []]);
    assert.equal(replica.positions(1, 1).get('b')?.position, 1);
    replica.note({ ...training, finishing: true });
    assert.deepEqual(idsOf(replica.soFar()), []);
    assert.deepEqual(idsOf(replicaOf(training, job('b', 'active', soFar)).soFar()), ['b'], 'it may have been left');
  });

  it('a conversion beside a training ends alone', () => {
    const soFar = { kind: 'convert', early: true, inputOf: 'a' } as const;
    const replica = replicaOf(job('a', 'active'), job('b', 'active', soFar));
    replica.note(job('b', 'completed', soFar));
    assert.deepEqual(idsOf(replica.runningOf(job('a').ref)), ['a']);
  });
});
