import { setTimeout as pause } from 'node:timers/promises';
import type { Exclusion } from '../files/mutex.ts';
import type { BackendParts, JobBackend } from '../jobs/ports.ts';
import { isKnown, type MachineInfo } from '../jobs/domain/machine-info.ts';
import type { JobFiles } from '../jobs/run/job-files.ts';
import type { SchedulerOptions } from '../jobs/scheduler.ts';
import type { ProjectStore } from '../projects/store.ts';
import type { ClusterTimes } from './times.ts';
import type { Bull } from './bull.ts';
import type { Claims } from './claims.ts';
import { type ClusterAnswers, createAnswers } from './answers.ts';
import { createAnswerTries } from './answer-tries.ts';
import { createComparisons } from './comparisons.ts';
import { createSharedExclusion } from './exclusion.ts';
import { createLeases } from './leases.ts';
import type { ClusterMessage } from './messages.ts';
import type { ClusterNode } from './node.ts';
import type { Hub } from './remote/hub.ts';
import { createRecords, type Records } from './records.ts';
import { PREFIX, type Redis, within } from './redis.ts';
import { createReplica, type Replica } from './replica.ts';
import { createRounds } from './rounds.ts';
import { type ClusterScheduler, createClusterScheduler } from './scheduler.ts';
import { createTaker } from './taker.ts';
import { createSoFar } from './so-far.ts';
import { createShutOut, createTakeUp } from './take-up.ts';
import { type ClusterWorker, createClusterWorker } from './worker.ts';

// The ports of src/jobs/ports.ts for several processes.

export interface ClusterBackendOptions {
  readonly redis: Redis;
  readonly node: ClusterNode;
  readonly bull: Bull;
  readonly claims: Claims;
  readonly store: ProjectStore;
  readonly times: ClusterTimes;
  /** On slots of this computer. */
  readonly takesJobs: boolean;
  /** The slots of hosts that have no projects folder. */
  readonly hub: Hub | undefined;
  /** Say again which folder Redis serves. */
  rebind(): Promise<void>;
  report(error: unknown): void;
}

interface Made {
  readonly parts: BackendParts;
  slots(): number;
  readonly slotsBeside: number;
  readonly replica: Replica;
  readonly records: Records;
  readonly scheduler: ClusterScheduler;
  readonly worker: ClusterWorker | undefined;
  readonly answers: ClusterAnswers | undefined;
}

export function createBackend(options: ClusterBackendOptions): JobBackend {
  const { redis, node, bull, claims, times } = options;
  const comparisons = createComparisons({ redis, node, times, onError: options.report });
  let made: Made | undefined;
  return {
    comparesLater: options.takesJobs,
    noteComparison({ ref, id }, onLost) {
      const over = comparisons.begin(ref, onLost);
      return () => {
        over();
        // the report says more now
        node.send({ kind: 'record', ref, jobId: id });
      };
    },
    endComparisons: comparisons.end,
    isShared: true,
    ownership: claims,
    exclusion: () => inTurn(createSharedExclusion(redis, 'jobs'), () => made),
    records: (files) => ownRecords(files, options),
    scheduler(schedulerOptions, parts) {
      made = make(options, schedulerOptions, parts);
      return made.scheduler;
    },
    machine: (here) => (options.takesJobs ? here : machineOfWorkers(here, node)),
    noteUpload: ({ workspace, address }, ref) => node.send({ kind: 'uploaded', client: { workspace, address }, ref }),
    noteRemoved({ ref, id }) {
      claims.release(id);
      made?.replica.forget(id);
      node.send({ kind: 'removed', ref, jobId: id });
    },
    noteFollowed: (jobId, address) => node.send({ kind: 'followed', jobId, address }),
    async begin() {
      const { parts, slots, slotsBeside } = made ?? fail();
      const info = () => {
        const { device, backend } = (options.takesJobs ? undefined : options.hub?.machine) ?? parts.machine;
        return { slots: slots(), slotsBeside, device, backend };
      };
      await node.begin(info, {
        onMessage: (body, isOwn) => made && hear(made, body, isOwn),
        onLoss: () => readAll(options, made ?? fail()),
        onRestart: () => parts.bus.restartStreams(),
      });
    },
    recover: async (ref) => made?.records.readProject(ref),
    async ready() {
      await made?.scheduler.refill();
    },
    async close() {
      // what was written last is sent with its batch
      await pause(times.gatherMs);
      await node.close();
      await within(bull.entries.close(), times.connectMs).catch(() => undefined);
      redis.disconnect();
    },
  };
}

/** A process that runs no jobs says what a worker said that has them. `here`: until one has said it. */
function machineOfWorkers(here: MachineInfo, node: Pick<ClusterNode, 'others'>): MachineInfo {
  const ofWorker = () => node.others().find(({ slots, backend }) => slots > 0 && isKnown(backend)) ?? here;
  return {
    get device() {
      return ofWorker().device;
    },
    get backend() {
      return ofWorker().backend;
    },
  };
}

function fail(): never {
  throw new Error('the parts of the cluster are not made yet');
}

/** What this process may write, and the others hear of it. */
function ownRecords(files: JobFiles, { claims, node }: Pick<ClusterBackendOptions, 'claims' | 'node'>): JobFiles {
  return {
    ...files,
    async write(job) {
      if (!claims.isHeld(job.id)) throw new Error(`another process has job ${job.id} now`);
      await files.write(job);
      node.send({ kind: 'record', ref: job.ref, jobId: job.id });
    },
  };
}

function make(options: ClusterBackendOptions, scheduler: SchedulerOptions, parts: BackendParts): Made {
  const { redis, node, bull, claims, store, times, takesJobs, hub, report } = options;
  const slots = takesJobs ? scheduler.slots : [];
  const slotsBeside = takesJobs ? scheduler.slotsBeside : [];
  const besides = () => node.others().reduce((sum, { slotsBeside: own = 0 }) => sum + own, 0);
  const { entries } = bull;
  const { registry, bus } = parts;
  const replica = createReplica(registry, bus, scheduler.slices);
  const rounds = createRounds(redis);
  const records = createRecords({
    ...{ registry, store, report: parts.recovery.reportDamage, files: parts.files, isOwn: claims.has },
    onJob(job, before) {
      own.noteRecord(job);
      parts.onRecord(job, before);
    },
    onGone: replica.forget,
  });
  const taking = { scheduler, recovery: parts.recovery, claims, records, replica };
  const takeUp = createTakeUp(taking);
  const soFar = createSoFar({
    ...{ registry, records, replica, claims, times, shutOut: createShutOut(taking), onError: report },
    leases: createLeases(redis, node.name, times.lockMs, (jobId) => `${PREFIX}:converting:${jobId}`),
  });
  const makeTaker = () =>
    createTaker({
      make: bull.puller,
      waiting: entries.waiting,
      silenceMs: times.takeSilenceMs,
      onRecreated: () => report(new Error('no job came from the queue: the connection is made anew')),
      onError: report,
    });
  const answers: ClusterAnswers | undefined = takesJobs
    ? createAnswers({
        ...{ scheduler, claims, entries, times, takeUp, onError: report },
        leases: createLeases(redis, node.name, times.lockMs),
        tries: createAnswerTries(redis),
        waiting: () => own.queued(),
        // this process knows of its own slots before the others do
        freeSlots: () => Math.max(own.load().freeSlots, worker?.runner.free.has('slot') ? 1 : 0),
        lanes: () => node.others().filter(({ slots }) => slots > 0).length,
        look: () => own.look(),
      })
    : undefined;
  const beforeRun = async (jobId: string) => answers?.endHere(jobId);
  const worker: ClusterWorker | undefined =
    takesJobs || hub
      ? createClusterWorker({
          ...{ scheduler, slots, slotsBeside, hub, claims, entries, replica, rounds, times, takeUp, soFar },
          ...{ makeTaker, beforeRun, queued: () => own.queued(), load: () => own.load(), onError: report },
          hasBeside: () => besides() > 0,
        })
      : undefined;
  const own: ClusterScheduler = createClusterScheduler({
    ...{ scheduler, parts, entries, rounds, claims, replica, records, times, worker, answers, soFar },
    slotsBeside: besides,
    slots: () => node.others().reduce((sum, { slots }) => sum + slots, 0),
    sendQueued: (jobId) => node.send({ kind: 'queued', jobId }),
    sendCancel: (jobId) => node.send({ kind: 'cancel', jobId }),
    onError: report,
  });
  const count = () => slots.length + (hub?.size ?? 0);
  return { parts, replica, records, worker, answers, scheduler: own, slots: count, slotsBeside: slotsBeside.length };
}

/** What another process has said, or this one: its own changes of records count when all hear of them. */
function hear({ parts, records, scheduler, worker, answers }: Made, body: ClusterMessage, isOwn: boolean): void {
  if (body.kind === 'record') {
    void records.readJob(body.ref, body.jobId).then((job) => {
      if (job !== undefined) scheduler.noteRecord(job);
      parts.onElsewhere(body.ref, job);
      scheduler.look();
    });
  } else if (body.kind === 'queued') {
    scheduler.noteQueued(body.jobId);
  } else if (body.kind === 'compare no more') {
    parts.onCompareNoMore(body.ref);
  } else if (body.kind === 'cancel') {
    worker?.lookForCancel(body.jobId);
    answers?.lookForCancel(body.jobId);
  } else if (!isOwn) {
    if (body.kind === 'removed') records.forget(body.jobId);
    if (body.kind === 'uploaded') parts.latest.note(body.client, body.ref);
    if (body.kind === 'followed') parts.registry.follow(body.jobId, body.address, false);
    if ('ref' in body) parts.onElsewhere(body.ref);
    scheduler.look();
  }
}

/** Nobody knows what was missed. */
async function readAll({ store, rebind }: ClusterBackendOptions, { records, scheduler }: Made): Promise<void> {
  await rebind();
  for (const workspace of store.workspaces)
    for (const { ref } of await store.list(workspace)) await records.readProject(ref);
  await scheduler.refill();
}

/** Whoever changes the jobs of a project knows them as they are on the disk. The key is that of refKey. */
function inTurn(exclusion: Exclusion, made: () => Made | undefined): Exclusion {
  return {
    run: (key, task) =>
      exclusion.run(key, async () => {
        const at = key.indexOf('/');
        await made()?.records.readProject({ workspace: key.slice(0, at), id: key.slice(at + 1) });
        return task();
      }),
  };
}
