import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createBackend } from '../../src/cluster/backend.ts';
import type { ClusterMessage } from '../../src/cluster/messages.ts';
import type { NodeHandlers } from '../../src/cluster/node.ts';
import type { Scheduler } from '../../src/jobs/scheduler.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { job } from '../helpers/job.ts';
import { until } from '../helpers/until.ts';

// A web server of a cluster as its scheduler and the messages of the others make it: what it puts into the queue, takes out
// of it, and reads again. Disk and Redis are lists of what was asked of them.

const AGES_MS = 3_600_000;
const CAUSE = { cancelled: reasonOf('cancelled') };

/** What lies on the disk, in Redis and in the memory of the process, and in the order of `did` what was asked of them. */
function fakeWorld() {
  const did: string[] = [];
  const disk = new Map<string, Job>();
  const known = new Map<string, Job>();
  const queue = new Set<string>();
  const note = (what: string) => () => void did.push(what);
  const ofProject = () => [...known.values()];
  const registry = {
    get: (id: string) => known.get(id),
    enter: (one: Job) => void known.set(one.id, one),
    keepInMemory: (one: Job) => void known.set(one.id, one),
    forget: (id: string) => void known.delete(id),
    ofProject,
    openOf: () => ofProject().filter(({ state }) => state === 'waiting' || state === 'active'),
    all: ofProject,
    follow: (id: string, address: string) => void did.push(`${address} follows ${id}`),
    log: (id: string) => ({ flush: note(`flushed ${id}`) }),
  };
  const entries = {
    async add({ id }: Job) {
      queue.add(id);
      did.push(`added ${id}`);
    },
    remove: async (id: string) => queue.delete(id),
    known: async (ids: readonly string[]) => new Set(ids.filter((id) => queue.has(id))),
    close: async () => undefined,
  };
  const redis = {
    set: async () => 'OK',
    eval: async () => 1,
    zrem: async (_key: string, id: string) => void did.push(`${id} left its round`),
    disconnect: () => undefined,
  };
  return { did, disk, known, queue, note, registry, entries, redis };
}

async function start(own: object = {}) {
  const { did, disk, known, queue, note, registry, entries, redis } = fakeWorld();
  let handlers: NodeHandlers | undefined;
  const times = { ...CLUSTER_TIMES, gatherMs: 1, lookAgainMs: 1, overdueMs: AGES_MS, reconcileMs: AGES_MS, ...own };
  const node = {
    name: 'this',
    send: ({ kind }: ClusterMessage) => void did.push(`sent ${kind}`),
    others: () => [],
    begin: async (_info: unknown, given: NodeHandlers) => void (handlers = given),
    close: async () => undefined,
  };
  const cancel = async ({ id }: Job) => void did.push(`${id} is to end`);
  const backend = createBackend({
    ...{ redis, node, times, takesJobs: false, hub: undefined, bull: { entries }, rebind: async () => undefined },
    claims: { has: () => false, isHeld: () => true, claim: async () => 1, cancel },
    store: { find: async () => undefined, workspaces: [] },
    report: (error: unknown) => void did.push(String(error)),
  } as never);
  const scheduler: Scheduler = backend.scheduler(
    {
      ...{ slots: [], slices: { leastS: 20, costs: 0 }, onQueue: () => undefined, hasRoom: async () => true },
      ...{ pool: { prepare: () => undefined }, registry },
      onEnded: ({ id }: Job) => void did.push(`${id} has ended`),
      finalize: async (one: Job) => one,
    } as never,
    {
      ...{ registry, bus: { watch: () => undefined, notifyJobHere: () => undefined } },
      files: { read: async (_ref: unknown, id: string) => disk.get(id), ids: async () => [...disk.keys()] },
      latest: { note: note('noted an upload') },
      machine: { device: 'cpu', backend: 'torch' },
      recovery: { reportDamage: note('damage') },
      onElsewhere: (ref: Job['ref'], one?: Job) => void did.push(`elsewhere ${ref.id} ${one?.id ?? ''}`.trim()),
      ...{ onCompareNoMore: note('no more comparing'), onRecord: () => undefined },
    } as never,
  );
  await backend.begin();
  scheduler.start();
  after(() => scheduler.close());
  const hear = (body: ClusterMessage, isOwn = false) => handlers?.onMessage(body, isOwn);
  /** Another process has written this record. */
  const elsewhere = async (one: Job) => {
    disk.set(one.id, one);
    hear({ kind: 'record', ref: one.ref, jobId: one.id });
    await until(() => known.get(one.id) === one);
  };
  return { backend, scheduler, did, disk, known, queue, hear, elsewhere };
}

describe('the queue, as a web server of a cluster fills it', () => {
  it('has a job as soon as whoever accepted it writes to it no more', async () => {
    const { did, elsewhere, hear, queue } = await start();
    await elsewhere(job('a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([...queue], [], 'whoever accepted it may still write to its log');
    hear({ kind: 'queued', jobId: 'a' });
    await until(() => queue.has('a'));
    assert.equal(did.filter((what) => what === 'added a').length, 1);
  });

  it('has a job that nobody put there, when it is overdue', async () => {
    const { elsewhere, queue } = await start({ overdueMs: 20, reconcileMs: 10 });
    await elsewhere(job('a'));
    await until(() => queue.has('a'));
  });

  it('has an own job when its log is on the disk, and the others hear of it', async () => {
    const { scheduler, did, known } = await start();
    known.set('a', job('a'));
    scheduler.enqueue(job('a'));
    await until(() => did.includes('added a'));
    assert.deepEqual(did, ['flushed a', 'sent queued', 'added a']);
  });

  it('is looked through now and then for what was lost, and for what runs and has no entry twice', async () => {
    const { elsewhere, hear, queue, did } = await start({ reconcileMs: 30 });
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
  });
});

describe('what a web server of a cluster hears', () => {
  it('reaches whoever shows the project, with the job if it is one', async () => {
    const { did, elsewhere, hear, known } = await start();
    await elsewhere(job('a'));
    await until(() => did.includes('elsewhere p a'));
    hear({ kind: 'removed', ref: job('a').ref, jobId: 'a' });
    assert.deepEqual([did.at(-1), known.size], ['elsewhere p', 0]);
    hear({ kind: 'compare no more', ref: job('a').ref });
    assert.equal(did.at(-1), 'no more comparing');
  });

  it('is not said twice where it was its own message', async () => {
    const { did, hear } = await start();
    hear({ kind: 'uploaded', client: job('a').client, ref: job('a').ref }, true);
    hear({ kind: 'followed', jobId: 'a', address: '9' }, true);
    assert.deepEqual(did, []);
    hear({ kind: 'uploaded', client: job('a').client, ref: job('a').ref });
    hear({ kind: 'followed', jobId: 'a', address: '9' });
    assert.deepEqual(did, ['noted an upload', 'elsewhere p', '9 follows a']);
  });

  it('is not waited for by whoever changes the jobs of a project: it reads them first', async () => {
    const { backend, disk, known } = await start();
    disk.set('new', job('new'));
    known.set('gone', job('gone'));
    const seen = await backend.exclusion().run('/p', async () => [...known.keys()]);
    assert.deepEqual(seen, ['new']);
  });
});

describe('a job that is to end', () => {
  it('is taken out of the queue with its round, and no process can take it any more', async () => {
    const { scheduler, did, elsewhere, queue, known } = await start();
    await elsewhere(job('a'));
    queue.add('a');
    assert.equal(scheduler.load().waiting, 1);
    assert.equal(await scheduler.unqueue('a'), true);
    assert.deepEqual([queue.size, known.get('a')?.fence, scheduler.load().waiting], [0, 1, 0]);
    assert.ok(did.includes('a left its round'));
    assert.equal(await scheduler.unqueue('a'), false, 'somebody has taken it');
  });

  it('is marked on the disk, the others hear of it, and its end is waited for', async () => {
    const { scheduler, did, elsewhere, disk } = await start();
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
    const { scheduler, did, elsewhere, disk, queue } = await start();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    queue.add('a');
    disk.set('a', job('a'));
    await scheduler.stop('a', CAUSE);
    assert.ok(did.includes('a has ended') && queue.size === 0);
    const silent = await start({ stopWaitMs: 20 });
    await silent.elsewhere(job('b', 'active', { fence: 1, attempt: 1 }));
    await assert.rejects(silent.scheduler.stop('b', CAUSE), { code: 'server_busy' });
  });

  it('is not marked where the server stops: it goes on elsewhere', async () => {
    const { scheduler, did, elsewhere } = await start();
    await elsewhere(job('a', 'active', { fence: 1, attempt: 1 }));
    did.length = 0;
    await scheduler.stop('a', 'interrupted');
    assert.deepEqual(did, []);
  });
});
