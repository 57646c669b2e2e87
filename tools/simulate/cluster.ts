import { clientKey } from '../../src/client.ts';
import { type Bull, createBull } from '../../src/cluster/bull.ts';
import { createLeases, type Leases } from '../../src/cluster/leases.ts';
import type { Redis } from '../../src/cluster/redis.ts';
import { createReplica } from '../../src/cluster/replica.ts';
import { createRounds } from '../../src/cluster/rounds.ts';
import type { Puller, Taken } from '../../src/cluster/taker.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import { answerOrder } from '../../src/jobs/domain/answer-queue.ts';
import { isOpen, type Job } from '../../src/jobs/domain/job.ts';
import { activate, announced, answered, end } from '../../src/jobs/domain/transition.ts';
import { reused } from '../../src/jobs/pace.ts';
import { refKey } from '../../src/projects/project.ts';
import type { Clock } from './clock.ts';
import type { Timings } from './timings.ts';
import { jobOf, type Work } from './work.ts';

// A cluster on a virtual clock. The queue is the real one: Redis with the scripts of the rounds, BullMQ, what each process
// knows of all jobs. Only work is made up: seconds of that clock. Nothing is on a disk.

export interface ClusterOptions {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly hosts: number;
  readonly slotsEach: number;
  /** Between the end of one job and the start of the next one on a slot. */
  readonly pauseS: number;
  /** Seconds of a first answer; undefined: none are given before trainings begin. */
  readonly answerS?: number;
}

/** What became of one job. */
export interface Fate {
  readonly work: Work;
  readonly place: Job['place'];
  /** When it was asked for: how many had been started by then, and how many of its client waited. */
  readonly startedBefore: number;
  readonly ahead: number;
  answersAtS: number[];
  startsAtS: number[];
  endsAtS: number[];
  isCancelled: boolean;
}

interface Host {
  readonly puller: Puller;
  readonly leases: Leases;
  freeSlots: number;
  isAnswering: boolean;
}

/** Jobs are locked for as long as the simulation may take by the real clock. */
const TIMES = { ...CLUSTER_TIMES, lockMs: 86_400_000, stalledMs: 86_400_000 };

export class SimulatedCluster {
  readonly fates = new Map<string, Fate>();
  /** Ids in the order in which they were started. */
  readonly started: string[] = [];
  /** Seconds of slots on which something ran. */
  busyS = 0;
  readonly #options: ClusterOptions;
  readonly #bull: Bull;
  readonly #rounds;
  readonly #replica;
  readonly #positions: () => ReadonlyMap<string, unknown>;
  readonly #jobs = new Map<string, Job>();
  readonly #ofProject = new Map<string, Set<string>>();
  readonly #answering = new Set<string>();
  readonly #waitingOf = new Map<string, number>();
  readonly #hosts: readonly Host[];

  static async create(options: ClusterOptions): Promise<SimulatedCluster> {
    const fail = (error: Error) => {
      throw error;
    };
    return new SimulatedCluster(options, await createBull(options.redis, TIMES, fail));
  }

  constructor(options: ClusterOptions, bull: Bull) {
    this.#options = options;
    this.#bull = bull;
    this.#rounds = createRounds(options.redis);
    const registry = { get: (id: string) => this.#jobs.get(id), openOf: (ref: Job['ref']) => this.#openOf(ref) };
    this.#replica = createReplica(registry, { watch: () => undefined }, { leastS: Infinity, costs: 0 });
    const slots = options.hosts * options.slotsEach;
    this.#positions = reused(() => this.#replica.positions(slots, 0));
    this.#hosts = Array.from({ length: options.hosts }, (_, host) => ({
      ...{ puller: bull.puller(), leases: createLeases(options.redis, `host ${host}`, TIMES.lockMs) },
      ...{ freeSlots: options.slotsEach, isAnswering: false },
    }));
  }

  async submit(work: Work): Promise<void> {
    const client = clientKey(work.client);
    const ahead = this.#waitingOf.get(client) ?? 0;
    const job = await this.#time('submit', async () => {
      const made = jobOf(work, await this.#rounds.placeFor(client, work.id));
      this.#keep(made);
      await this.#bull.entries.add(made);
      return made;
    });
    this.#waitingOf.set(client, ahead + 1);
    const times = { answersAtS: [], startsAtS: [], endsAtS: [], isCancelled: false };
    this.fates.set(work.id, { work, place: job.place, startedBefore: this.started.length, ahead, ...times });
    await this.#look();
  }

  /** False: it does not wait (any more). */
  async cancel(id: string): Promise<boolean> {
    const job = this.#jobOf(id);
    if (job.state !== 'waiting') return false;
    const isGone = await this.#time('cancel', async () => {
      if (!(await this.#bull.entries.remove(id))) return false;
      await this.#rounds.noteLeft(job);
      this.#keep(announced(end(job, { state: 'cancelled', event: { event: 'notice' } }, this.#nowS)));
      return true;
    });
    if (!isGone) return false;
    this.#leaveQueue(job);
    const fate = this.#fateOf(id);
    fate.isCancelled = true;
    fate.endsAtS.push(this.#nowS);
    return true;
  }

  /** What a pupil is sent: the position of a job that waits. */
  async position(id: string): Promise<unknown> {
    return this.#time('place', () => this.#positions().get(id));
  }

  /** What each process does after changes: look at all that waits, and count all positions. */
  async lookAtAll(): Promise<number> {
    await this.#time('all positions', () => this.#replica.positions(this.#options.hosts * this.#options.slotsEach, 0));
    return (await this.#time('all that may start', () => this.#replica.ready())).length;
  }

  async close(): Promise<void> {
    for (const { puller } of this.#hosts) puller.close();
    await this.#bull.entries.close();
  }

  get #nowS(): number {
    return this.#options.clock.nowS;
  }

  #time<Value>(operation: string, task: () => Promise<Value> | Value): Promise<Value> {
    return this.#options.timings.time(operation, task);
  }

  /** Every host does what it can, the one with most free slots first. */
  async #look(): Promise<void> {
    for (const host of this.#hosts) await this.#answerNext(host);
    for (;;) {
      const [host] = this.#hosts.toSorted((one, other) => other.freeSlots - one.freeSlots);
      if (!host || host.freeSlots === 0 || !(await this.#takeNext(host))) return;
    }
  }

  async #takeNext(host: Host): Promise<boolean> {
    const taken = await this.#time('take', async () => {
      const found = await host.puller.pull();
      if (found) await this.#noteTaken(found);
      return found;
    });
    if (!taken) return false;
    host.freeSlots -= 1;
    const { clock, answerS = 0, pauseS } = this.#options;
    const fate = this.#fateOf(taken.jobId);
    const { epochs, epochS, loadS, endS } = fate.work;
    const isAnswered = this.#jobOf(taken.jobId).answered === true;
    if (!isAnswered) clock.after(loadS + answerS, () => fate.answersAtS.push(this.#nowS));
    const runsS = loadS + (isAnswered ? 0 : answerS) + epochs * epochS + endS;
    this.busyS += runsS;
    clock.after(runsS, () => this.#end(taken));
    clock.after(runsS + pauseS, async () => {
      host.freeSlots += 1;
      await this.#look();
    });
    return true;
  }

  async #noteTaken({ jobId }: Taken): Promise<void> {
    const job = this.#jobOf(jobId);
    await this.#rounds.noteStarted(clientKey(job.client), job.place, jobId);
    this.#keep(activate(job, this.#nowS));
    this.#leaveQueue(job);
    this.started.push(jobId);
    this.#fateOf(jobId).startsAtS.push(this.#nowS);
  }

  async #end(taken: Taken): Promise<void> {
    await this.#time('end', () => taken.done());
    const job = this.#jobOf(taken.jobId);
    this.#keep(announced(end(job, { state: 'completed', event: { event: 'train_end' } }, this.#nowS)));
    this.#fateOf(job.id).endsAtS.push(this.#nowS);
  }

  /** The lane of a host answers for one project after the other: out of the queue, and back to the place that it had. */
  async #answerNext(host: Host): Promise<void> {
    const { answerS, clock } = this.#options;
    if (answerS === undefined || host.isAnswering) return;
    const free = this.#hosts.reduce((sum, { freeSlots }) => sum + freeSlots, 0);
    for (const job of answerOrder(this.#replica.ready(), free, ({ id }) => !this.#answering.has(id), Infinity)) {
      if (!(await host.leases.take(job.id)) || !(await this.#bull.entries.remove(job.id))) continue;
      this.#answering.add(job.id);
      host.isAnswering = true;
      clock.after(answerS, async () => {
        host.isAnswering = false;
        this.#answering.delete(job.id);
        await host.leases.release(job.id);
        this.#fateOf(job.id).answersAtS.push(this.#nowS);
        this.#keep(answered(this.#jobOf(job.id)));
        await this.#bull.entries.add(this.#jobOf(job.id));
        await this.#look();
      });
      return;
    }
  }

  #keep(job: Job): void {
    const ids = this.#ofProject.get(refKey(job.ref)) ?? new Set();
    if (isOpen(job)) ids.add(job.id);
    else ids.delete(job.id);
    this.#ofProject.set(refKey(job.ref), ids);
    this.#jobs.set(job.id, job);
    this.#replica.note(job);
  }

  #leaveQueue({ client }: Job): void {
    this.#waitingOf.set(clientKey(client), (this.#waitingOf.get(clientKey(client)) ?? 1) - 1);
  }

  #openOf(ref: Job['ref']): Job[] {
    return [...(this.#ofProject.get(refKey(ref)) ?? [])].map((id) => this.#jobOf(id));
  }

  #jobOf(id: string): Job {
    return this.#jobs.get(id) ?? missing(id);
  }

  #fateOf(id: string): Fate {
    return this.fates.get(id) ?? missing(id);
  }
}

function missing(id: string): never {
  throw new Error(`there is no job ${id}`);
}
