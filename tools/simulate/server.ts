import { clientKey } from '../../src/client.ts';
import { createJobTimes } from '../../src/jobs/domain/job-times.ts';
import { goesOn, isOpen, type Job } from '../../src/jobs/domain/job.ts';
import { createMemoryQueue } from '../../src/jobs/domain/memory-queue.ts';
import { countStarts, nextStart, type NextStart } from '../../src/jobs/domain/next-start.ts';
import {
  lastRoundOf,
  mayStartNow,
  placeAfterTurn,
  queueItemOf,
  turnOf,
  waitsLonger,
} from '../../src/jobs/domain/next-turn.ts';
import { createProgress, type Progress } from '../../src/jobs/domain/progress.ts';
import type { Queue } from '../../src/jobs/domain/queue.ts';
import { mostSharing, type Slot } from '../../src/jobs/domain/slots.ts';
import { activate, end, interrupt, leaveTurn } from '../../src/jobs/domain/transition.ts';
import { planYields, type SliceRule } from '../../src/jobs/domain/turns.ts';
import type { Clock } from './clock.ts';
import { KnownJobs } from './known-jobs.ts';
import { freeSlotsOf, type SlotOptions, slotsOf } from './slots.ts';
import { jobOf, outcomeIn, type Order, type Outcome, type Restart, type Turn, type Work } from './work.ts';

// The server on a virtual clock: its queue, its rules and the states of its jobs are those of src/jobs/domain.
// Only processes are made up: they are seconds.

export interface ServerOptions extends SlotOptions {
  readonly slices: SliceRule;
  /** How many times longer an epoch takes that begins now. */
  slowness?(): number;
}

interface Running {
  readonly outcome: Outcome;
  readonly slot: Slot;
  readonly turn: Turn;
  /** Epochs that its process has behind it: those of its checkpoint, if it goes on from there. */
  done: number;
  readonly progress: Progress;
  isAsked: boolean;
}

export class SimulatedServer {
  readonly outcomes = new Map<string, Outcome>();
  readonly #clock: Clock;
  readonly #options: ServerOptions;
  readonly #jobs = new KnownJobs();
  readonly #running = new Map<string, Running>();
  readonly #free;
  #queue: Queue = createMemoryQueue();
  #times;
  #looks = 0;

  constructor(clock: Clock, options: ServerOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#free = freeSlotsOf(options);
    this.#times = createJobTimes(options.slices);
  }

  submit(work: Work): void {
    this.outcomes.set(work.id, { work, turns: [], epochs: [], endsAtS: [] });
    this.#enqueue(jobOf(work, this.#queue.placeFor(clientKey(work.client), work.id)));
    this.#startNext();
  }

  cancel(id: string): void {
    const outcome = outcomeIn(this.outcomes, id);
    if (outcome.endsAtS.length > 0) return;
    const run = this.#running.get(id);
    if (run) this.#stop(run);
    else this.#queue.remove(id);
    this.#close(end(this.#jobs.get(id), { state: 'cancelled', event: { event: 'notice' } }, this.#clock.nowS));
  }

  isWaiting(id: string): boolean {
    return this.#queue.has(id);
  }

  /** kill -9, and a start from what is on disk. */
  restart(): Restart {
    const before = this.#order();
    const interrupted = [...this.#running.values()];
    for (const run of interrupted) {
      this.#stop(run);
      this.#jobs.set(interrupt(this.#jobs.get(run.outcome.work.id)));
    }
    this.#queue = createMemoryQueue();
    this.#times = createJobTimes(this.#options.slices);
    for (const job of this.#jobs.all()) {
      const round = lastRoundOf(job);
      if (round !== undefined) this.#queue.noteStarted(clientKey(job.client), { ...job.place, round });
      if (isOpen(job)) this.#queue.add(queueItemOf(job));
    }
    const after = this.#order();
    this.#startNext();
    return { before, after, interrupted: interrupted.map(({ outcome }) => outcome.work.id) };
  }

  #order(): Order {
    const clients = this.#jobs.all().map(({ client }) => clientKey(client));
    return {
      waiting: this.#queue.order().map(({ id }) => id),
      roundOf: new Map(clients.map((client) => [client, this.#queue.placeFor(client, '').round])),
    };
  }

  readonly #mayStart = (id: string): boolean => {
    const { project } = outcomeIn(this.outcomes, id).work;
    const running = [...this.#running.values()].filter(({ outcome }) => outcome.work.project === project);
    return mayStartNow(
      this.#jobs.get(id),
      running.map(({ outcome }) => ({ job: this.#jobs.get(outcome.work.id), isFinishing: false })),
      this.#jobs.openOf(project),
    );
  };

  #enqueue(job: Job): void {
    this.#jobs.set(job);
    this.#queue.add(queueItemOf(job));
  }

  #startNext(): void {
    for (let start = this.#next(); start !== undefined; start = this.#next()) {
      const { id } = start;
      this.#queue.take((waiting) => waiting === id);
      this.#begin(start);
    }
    this.#look();
  }

  #next(): NextStart | undefined {
    const [queue, mayStart, free] = [this.#queue, this.#mayStart, this.#free];
    const shared = { sharing: mostSharing(slotsOf(this.#options)), hasMemory: () => true };
    return nextStart({ queue, mayStart, free, ...shared, jobOf: (id) => this.#jobs.get(id) });
  }

  /** Only the newest look counts, as there is one timer. */
  #look(): void {
    const mine = ++this.#looks;
    const turns = [...this.#running.values()].map(({ outcome, progress, isAsked }) =>
      turnOf({ job: this.#jobs.get(outcome.work.id), progress, isAsked }, this.#times),
    );
    const starts = { queue: this.#queue, mayStart: this.#mayStart };
    const { ask, lookAgainS } = planYields(turns, countStarts(starts, this.#options.slots, this.#running.size));
    for (const run of this.#running.values()) if (ask.includes(run.outcome.work.id)) run.isAsked = true;
    if (lookAgainS !== undefined) this.#clock.after(lookAgainS, () => mine === this.#looks && this.#look());
  }

  /** What its process says; others may come first from then on. */
  #note({ outcome, progress }: Running, event: 'epoch_start' | 'epoch_end', epoch: number): void {
    const { work } = outcome;
    const at = { time: this.#clock.nowS, epoch, max_epoch: work.epochs };
    if (event === 'epoch_start') {
      progress.note({ event, ...at });
      return;
    }
    const matric = { val_acc: epoch >= (work.usableEpoch ?? Number.POSITIVE_INFINITY) ? 100 : 0 };
    const { hasUsable } = progress;
    progress.note({ event, ...at, matric, eta_s: (work.epochs - epoch) * work.epochS });
    if (progress.hasUsable === hasUsable) return;
    outcome.usableAtS = this.#clock.nowS;
    this.#look();
  }

  #begin({ id, want }: NextStart): void {
    const outcome = outcomeIn(this.outcomes, id);
    const { work, epochs, turns } = outcome;
    const job = activate(this.#jobs.get(id), this.#clock.nowS, want === 'thread');
    this.#jobs.set(job);
    const slot = this.#free.take(want);
    if (slot === undefined) throw new Error(`job ${id} was started without room`);
    const turn: Turn = { fromS: this.#clock.nowS, trainedS: 0, slot: slot.index, threads: slot.threads };
    turns.push(turn);
    const done = goesOn(job) ? epochs.length : 0;
    const progress = createProgress(job.yielded, () => this.#clock.nowS * 1000);
    const run = { outcome, slot, turn, done, progress, isAsked: false };
    this.#running.set(id, run);
    this.#after(run, done > 0 ? work.resumeS : work.loadS, () => this.#goOn(run));
  }

  /** What a process does next, unless it is killed before. */
  #after(run: Running, seconds: number, next: () => void): void {
    this.#clock.after(seconds, () => this.#running.get(run.outcome.work.id) === run && next());
  }

  #goOn(run: Running): void {
    const { epochs, endS } = run.outcome.work;
    if (run.done === epochs) this.#after(run, endS, () => this.#finish(run));
    else if (run.isAsked) this.#leave(run);
    else this.#train(run);
  }

  #train(run: Running): void {
    const { work, epochs } = run.outcome;
    const isFirst = run.progress.trainedS() === undefined;
    this.#note(run, 'epoch_start', run.done + 1);
    if (isFirst) {
      const job = this.#jobs.get(work.id);
      if (job.yielded) this.#times.noteResumed(job, this.#clock.nowS - run.turn.fromS);
    }
    const seconds = work.epochS * (this.#options.slowness?.() ?? 1);
    this.#after(run, seconds, () => {
      run.done += 1;
      epochs.push(run.done);
      run.turn.trainedS += seconds;
      this.#note(run, 'epoch_end', run.done);
      this.#goOn(run);
    });
  }

  #leave(run: Running): void {
    const { outcome, done, progress } = run;
    const { id, epochs: maxEpoch, epochS, bestEpoch = maxEpoch } = outcome.work;
    const job = this.#jobs.get(id);
    const event = { max_epoch: maxEpoch, since_best: Math.max(0, done - bestEpoch) };
    const isLonger = waitsLonger(job, event, progress.hasUsable);
    const place = placeAfterTurn(this.#queue, this.#mayStart, job, isLonger);
    const yielded = {
      epoch: done,
      maxEpoch,
      remainingS: (maxEpoch - done) * epochS,
      overS: this.#times.overAfter(job, progress.trainedS() ?? 0),
      ...(progress.hasUsable ? { usable: true as const } : {}),
      round: job.place.round,
    };
    this.#stop(run);
    this.#enqueue(leaveTurn(job, place, yielded, this.#clock.nowS));
    this.#startNext();
  }

  #finish(run: Running): void {
    this.#stop(run);
    const event = { event: 'train_end' };
    this.#close(end(this.#jobs.get(run.outcome.work.id), { state: 'completed', event }, this.#clock.nowS));
  }

  #stop({ outcome, slot, turn }: Running): void {
    turn.toS = this.#clock.nowS;
    this.#running.delete(outcome.work.id);
    this.#free.give(slot);
  }

  #close(ended: Job): void {
    this.#jobs.set(ended);
    this.#times.noteEnded(ended);
    outcomeIn(this.outcomes, ended.id).endsAtS.push(this.#clock.nowS);
    this.#startNext();
  }
}
