import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPump } from '../../src/cluster/pump.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { startWebServer } from '../helpers/fake-cluster.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

// A web server of a cluster as its scheduler and the messages of the others make it: what it puts into the queue, takes out
// of it, and reads again.

const CAUSE = { cancelled: reasonOf('cancelled') };

describe('the queue, as a web server of a cluster fills it', () => {
  it('has a job as soon as whoever accepted it writes to it no more', async () => {
    const { did, elsewhere, hear, queue } = await startWebServer();
    await elsewhere(job('a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([...queue], [], 'whoever accepted it may still write to its log');
    hear({ kind: 'queued', jobId: 'a' });
    await until(() => queue.has('a'));
    assert.equal(did.filter((what) => what === 'added a').length, 1);
  });

  it('has a job that nobody put there, when it is overdue', async () => {
    const { elsewhere, queue } = await startWebServer({ overdueMs: 20, reconcileMs: 10 });
    await elsewhere(job('a'));
    await until(() => queue.has('a'));
  });

  it('has an own job when its log is on the disk, and the others hear of it', async () => {
    const { scheduler, did, known } = await startWebServer();
    known.set('a', job('a'));
    scheduler.enqueue(job('a'));
    await until(() => did.includes('added a'));
    assert.deepEqual(did, ['flushed a', 'sent queued', 'added a']);
  });

  it('is looked through now and then for what was lost, and for what runs and has no entry twice', async () => {
    const { elsewhere, hear, queue, did } = await startWebServer({ reconcileMs: 30 });
    await elsewhere(job('a'));
    hear({ kind: 'queued', jobId: 'a' });
    await until(() => queue.has('a'));
    queue.clear();
    await until(() => queue.has('a'));
    await elsewhere(job('b', 'active', { ref: { workspace: '', id: 'q' }, fence: 1, attempt: 1 }));
    await until(() => queue.has('b'));
    assert.deepEqual(
      did.filter((what) => what.startsWith('added')),
      ['added a', 'added a', 'added b'],
    );
    const looks = did.slice(0, did.indexOf('added b')).filter((what) => what === 'looked for b').length;
    assert.equal(looks, 2, 'whoever has it may be ending it');
  });

  it('is filled from a memory that forgets a job when it has ended', async () => {
    const { elsewhere, hear, queue } = await startWebServer();
    await elsewhere(job('a'));
    hear({ kind: 'queued', jobId: 'a' });
    await until(() => queue.delete('a'));
    await elsewhere(job('a', 'completed'));
    await elsewhere(job('a', 'waiting', { fence: 1 }));
    await until(() => queue.has('a'), 20_000, 'a job of which it knows nothing');
  });

  it('has all that waits again where Redis has lost it, with the rounds', async () => {
    const { did, elsewhere, hear, queue, lose } = await startWebServer();
    await elsewhere(job('a'));
    hear({ kind: 'queued', jobId: 'a' });
    await until(() => queue.delete('a'));
    await lose();
    await until(() => queue.has('a'));
    assert.ok(did.includes('a has its round'));
  });

  const soFar = { kind: 'convert', early: true, inputOf: 'a', fence: 1, attempt: 1 } as const;

  it('never has a conversion of a model so far, which takes no turn of a round either', async () => {
    const { scheduler, did, elsewhere, known } = await startWebServer({ reconcileMs: 10 });
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    const own = job('c', 'waiting', soFar);
    known.set('c', own);
    scheduler.enqueue(own);
    await elsewhere(job('c', 'active', soFar));
    await until(() => did.filter((what) => what === 'looked for a').length > 4, 20_000, 'some looks');
    assert.ok(!did.includes('added c') && did.includes('c left its round'));
  });

  it('counts slots of which none is taken by a conversion beside them', async () => {
    for (const [slotsBeside, freeSlots] of [
      [2, 1],
      [0, 0],
    ] as const) {
      const { scheduler, elsewhere } = await startWebServer({}, [{ slots: 2, slotsBeside }]);
      assert.ok(scheduler.isIdle());
      await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
      await elsewhere(job('c', 'active', soFar));
      assert.deepEqual([scheduler.load().freeSlots, scheduler.isIdle()], [freeSlots, false]);
    }
    const { scheduler, elsewhere } = await startWebServer();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    assert.equal(scheduler.load().freeSlots, 0, 'its worker has just gone');
  });
});

it('a job that ends while others are put into the queue is not put there', async () => {
  const [put, waiting] = [[] as string[], new Set(['a', 'b', 'c'])];
  const pump = createPump(
    {
      entries: {
        async add({ id }) {
          put.push(id);
          waiting.delete('b');
        },
      },
      replica: {
        ready: () => ['a', 'b', 'c'].map((id) => job(id)),
        waiting: (id) => (waiting.has(id) ? job(id) : undefined),
      },
      ...{ times: { overdueMs: 0, gatherMs: 1 }, worker: undefined, onError: assert.fail },
    },
    () => put.push('done'),
  );
  pump.look();
  await until(() => put.includes('done'));
  assert.deepEqual(put, ['a', 'c', 'done']);
});

describe('what a web server of a cluster hears', () => {
  it('reaches whoever shows the project, with the job if it is one', async () => {
    const { did, elsewhere, hear, known } = await startWebServer();
    await elsewhere(job('a'));
    await until(() => did.includes('elsewhere p a'));
    hear({ kind: 'removed', ref: job('a').ref, jobId: 'a' });
    assert.deepEqual([did.at(-1), known.size], ['elsewhere p', 0]);
    hear({ kind: 'compare no more', ref: job('a').ref });
    assert.equal(did.at(-1), 'no more comparing');
  });

  it('is not said twice where it was its own message', async () => {
    const { did, hear } = await startWebServer();
    hear({ kind: 'uploaded', client: job('a').client, ref: job('a').ref }, true);
    hear({ kind: 'followed', jobId: 'a', address: '9' }, true);
    assert.deepEqual(did, []);
    hear({ kind: 'uploaded', client: job('a').client, ref: job('a').ref });
    hear({ kind: 'followed', jobId: 'a', address: '9' });
    assert.deepEqual(did, ['noted an upload', 'elsewhere p', '9 follows a']);
  });

  it('is not waited for by whoever changes the jobs of a project: it reads them first', async () => {
    const { backend, disk, known } = await startWebServer();
    disk.set('new', job('new'));
    known.set('gone', job('gone'));
    const seen = await backend.exclusion().run('/p', async () => [...known.keys()]);
    assert.deepEqual(seen, ['new']);
  });
});

describe('a job that is to end', () => {
  it('is taken out of the queue with its round, and no process can take it any more', async () => {
    const { scheduler, did, elsewhere, queue, taken, known } = await startWebServer();
    await elsewhere(job('a'));
    queue.add('a');
    assert.equal(scheduler.load().waiting, 1);
    assert.equal(await scheduler.unqueue('a'), true);
    assert.deepEqual([queue.size, known.get('a')?.fence, scheduler.load().waiting], [0, 1, 0]);
    assert.ok(did.includes('a left its round'));
    taken.add('a');
    assert.equal(await scheduler.unqueue('a'), false, 'somebody has taken it, or answers for it');
  });

  it('is ended here where it is not in the queue, since its project is at work', async () => {
    const { scheduler, elsewhere } = await startWebServer();
    await elsewhere(job('a'));
    assert.equal(await scheduler.unqueue('a'), true);
  });

  it('is marked on the disk, the others hear of it, and its end is waited for', async () => {
    const { scheduler, did, elsewhere, disk } = await startWebServer();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    did.length = 0;
    let isOver = false;
    const stopped = scheduler.stop('a', CAUSE).then(() => (isOver = true));
    await until(() => did.includes('sent cancel'));
    assert.deepEqual([did, isOver], [['a is to end', 'sent cancel'], false]);
    disk.set('a', job('a', 'cancelled'));
    await stopped;
  });

  it('is ended here where it came back to the queue meanwhile, and given up where nobody ends it', async () => {
    const { scheduler, did, elsewhere, disk, queue } = await startWebServer();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    queue.add('a');
    disk.set('a', job('a'));
    await scheduler.stop('a', CAUSE);
    assert.ok(did.includes('a has ended') && queue.size === 0);
    const silent = await startWebServer({ stopWaitMs: 20 });
    await silent.elsewhere(job('b', 'active', { fence: 1, attempt: 1 }));
    await assert.rejects(silent.scheduler.stop('b', CAUSE), { code: 'server_busy' });
  });

  it('is not marked where the server stops: it goes on elsewhere', async () => {
    const { scheduler, did, elsewhere } = await startWebServer();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    did.length = 0;
    await scheduler.stop('a', 'interrupted');
    assert.deepEqual(did, []);
  });
});
