import { after } from 'node:test';
import { createBackend } from '../../src/cluster/backend.ts';
import type { ClusterMessage, NodeInfo } from '../../src/cluster/messages.ts';
import type { NodeHandlers } from '../../src/cluster/node.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import type { Scheduler } from '../../src/jobs/scheduler.ts';
import { until } from './until.ts';

// A web server of a cluster whose disk and Redis are lists of what was asked of them.

const AGES_MS = 3_600_000;

/** What lies on the disk, in Redis and in the memory of the process, and in the order of `did` what was asked of them. */
function fakeWorld() {
  const did: string[] = [];
  const disk = new Map<string, Job>();
  const known = new Map<string, Job>();
  const queue = new Set<string>();
  /** Others run these, or answer for them. */
  const taken = new Set<string>();
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
    async known(ids: readonly string[]) {
      did.push(...ids.map((id) => `looked for ${id}`));
      return new Set(ids.filter((id) => queue.has(id) || taken.has(id)));
    },
    close: async () => undefined,
  };
  const redis = {
    set: async () => 'OK',
    eval: async () => 1,
    zadd: async (_key: string, _round: number, id: string) => void did.push(`${id} has its round`),
    zrem: async (_key: string, id: string) => void did.push(`${id} left its round`),
    disconnect: () => undefined,
  };
  return { did, disk, known, queue, taken, note, registry, entries, redis };
}

/** `others`: what the other processes say of themselves. */
export async function startWebServer(own: object = {}, others: readonly Partial<NodeInfo>[] = []) {
  const { did, disk, known, queue, taken, note, registry, entries, redis } = fakeWorld();
  let handlers: NodeHandlers | undefined;
  const times = { ...CLUSTER_TIMES, gatherMs: 1, lookAgainMs: 1, overdueMs: AGES_MS, reconcileMs: AGES_MS, ...own };
  const node = {
    name: 'this',
    send: ({ kind }: ClusterMessage) => void did.push(`sent ${kind}`),
    others: () => others,
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
  return { backend, scheduler, did, disk, known, queue, taken, hear, elsewhere, lose: () => handlers?.onLoss() };
}
