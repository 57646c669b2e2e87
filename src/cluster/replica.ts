import { clientKey } from '../client.ts';
import type { ChildEvent } from '../child/event.ts';
import type { EventBus } from '../events/event-bus.ts';
import { isEarly, isOpen, type Job } from '../jobs/domain/job.ts';
import { createJobTimes } from '../jobs/domain/job-times.ts';
import { createLanes, type Lanes } from '../jobs/domain/lanes.ts';
import { mayStartNow } from '../jobs/domain/next-turn.ts';
import { type Position, positionsOf, runningJob } from '../jobs/domain/positions.ts';
import { createProgress, type Progress } from '../jobs/domain/progress.ts';
import type { Queue } from '../jobs/domain/queue.ts';
import type { SliceRule } from '../jobs/domain/turns.ts';
import type { JobRegistry } from '../jobs/job-registry.ts';
import { refKey, type ProjectRef } from '../projects/project.ts';

/** What waits and runs in all processes, as the messages that this one has read say. */
export interface Replica {
  readonly lanes: Lanes;
  readonly times: ReturnType<typeof createJobTimes>;
  /** The record of a job is this now. */
  note(job: Job): void;
  forget(jobId: string): void;
  progressOf(jobId: string): Progress | undefined;
  runningOf(ref: ProjectRef): readonly Job[];
  running(): readonly Job[];
  /** With how far each is, as far as the records say that were read here. */
  turns(): readonly { readonly job: Job; readonly progress: Progress }[];
  /** Those that wait and may start now, next first. */
  ready(): Job[];
  /** A job that still waits, as it is now. */
  waiting(jobId: string): Job | undefined;
  /** Conversions of models so far: those that may start now, next first, and those that run, as far as the records say. */
  soFar(): readonly Job[];
  /** `beside`: the slots beside the others. */
  positions(slots: number, beside: number): ReadonlyMap<string, Position>;
}

export function createReplica(
  registry: Pick<JobRegistry, 'get' | 'openOf'>,
  bus: Pick<EventBus, 'watch'>,
  slices: SliceRule,
): Replica {
  const lanes = createLanes();
  const times = createJobTimes(slices);
  const active = new Map<string, { job: Job; readonly progress: Progress }>();
  bus.watch(({ jobId }, events) => {
    const progress = active.get(jobId)?.progress;
    for (const event of events) progress?.note(event as unknown as ChildEvent);
  });

  /** Whoever looks at all that waits must not look at all that runs for each. */
  const runningIn = new Map<string, readonly Job[]>();
  const changeRunning = (ref: ProjectRef, change: (jobs: readonly Job[]) => readonly Job[]) => {
    const jobs = change(runningIn.get(refKey(ref)) ?? []);
    if (jobs.length > 0) runningIn.set(refKey(ref), jobs);
    else runningIn.delete(refKey(ref));
  };
  const running = () => [...active.values()].map(({ job }) => job);
  const runningOf = (ref: ProjectRef) => runningIn.get(refKey(ref)) ?? [];

  const waitingIn = (queue: Queue) => queue.order().flatMap(({ id }) => registry.get(id) ?? []);
  const mayStart = (job: Job) => mayStartBeside(job, runningOf(job.ref), registry.openOf(job.ref));

  const forget = (jobId: string) => {
    lanes.remove(jobId);
    const ref = active.get(jobId)?.job.ref;
    active.delete(jobId);
    if (ref) changeRunning(ref, (jobs) => jobs.filter(({ id }) => id !== jobId));
  };

  return {
    lanes,
    times,
    note(job) {
      const before = active.get(job.id);
      forget(job.id);
      if (job.state === 'waiting') lanes.add(job);
      if (job.state === 'active') {
        if (!isEarly(job)) lanes.main.noteStarted(clientKey(job.client), job.place);
        active.set(job.id, { job, progress: before?.progress ?? createProgress(job.yielded) });
        changeRunning(job.ref, (jobs) => [...jobs, job]);
      }
      if (before !== undefined && !isOpen(job)) times.noteEnded(job);
    },
    forget,
    progressOf: (jobId) => active.get(jobId)?.progress,
    runningOf,
    running,
    turns: () => [...active.values()],
    ready: () => waitingIn(lanes.main).filter(mayStart),
    soFar: () => [...waitingIn(lanes.beside).filter(mayStart), ...running().filter(isEarly)],
    waiting: (jobId) => (lanes.main.has(jobId) ? registry.get(jobId) : undefined),
    positions(slots, beside) {
      const inTurn = [...active.values()].map((one) => runningJob(one, times));
      const runningOn = (isBeside: boolean) => inTurn.filter(({ job }) => isEarly(job) === isBeside);
      return new Map([
        ...positionsOf(waitingIn(lanes.main), runningOn(false), Math.max(1, slots), times),
        ...positionsOf(waitingIn(lanes.beside), runningOn(true), Math.max(1, beside), times),
      ]);
    },
  };
}

/** Whether a job may start beside what runs of its project, as the records say. */
export function mayStartBeside(job: Job, running: readonly Job[], openOfProject: readonly Job[]): boolean {
  const others = running.filter(({ id }) => id !== job.id);
  return mayStartNow(
    job,
    others.map((other) => ({ job: other, isFinishing: other.finishing === true })),
    openOfProject,
  );
}
