import type { ProcessRecord } from '../../child/process-record.ts';
import type { NewEvent } from '../../events/log/stored-event.ts';
import type { FinalState, Job, JobReason, JobState, QueuePlace, Yielded } from './job.ts';

// The only places where a job changes its state.

/** The only ways a job may change. Interrupted work (a stopped server), and a training that leaves its turn, wait again. */
const NEXT: Readonly<Record<JobState, readonly JobState[]>> = {
  waiting: ['active', 'cancelled', 'failed'],
  active: ['waiting', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** `oneThread`: it has one thread of a slot that it may share. */
export function activate(job: Job, now: number, oneThread = false): Job {
  const { pausedAt, ...rest } = moved(job, 'active');
  const paused = pausedAt === undefined ? {} : { pausedS: (job.pausedS ?? 0) + Math.max(0, now - pausedAt) };
  const sharing = oneThread ? { oneThread } : {};
  return { ...rest, ...paused, ...sharing, startedAt: job.startedAt ?? now, attempt: job.attempt + 1 };
}

/** Which process works on it, so that a restart can end it. */
export function withProcess(job: Job, process: ProcessRecord): Job {
  return { ...job, process };
}

/** Its own model is about to be put in place. */
export function finish(job: Job): Job {
  return { ...job, finishing: true };
}

/** Its first answer is made and sent; it still waits. */
export function answered(job: Job): Job {
  return { ...job, answered: true };
}

/** Back to the queue: what it was started for is not done. */
export function interrupt(job: Job): Job {
  const { process: _gone, ...rest } = moved(job, 'waiting');
  return rest;
}

/** The same by a stop of the server in good order, which says nothing against the job: that start is not counted. */
export function stop(job: Job): Job {
  return { ...interrupt(job), attempt: job.attempt - 1, stopped: true };
}

/** Back to the queue for a further turn. It has made progress: no start before counts against it, and it goes before nobody. */
export function leaveTurn(job: Job, place: QueuePlace, yielded: Yielded, now: number): Job {
  const { process: _gone, stopped: _stopped, startsNext: _next, ...rest } = moved(job, 'waiting');
  return { ...rest, attempt: 0, place, yielded, pausedAt: now };
}

export interface Ending {
  readonly state: FinalState;
  readonly reason?: JobReason;
  /** What listeners are sent. */
  readonly event: NewEvent;
}

export function end(job: Job, ending: Ending, now: number): Job {
  const { process: _gone, pausedAt: _waited, ...rest } = moved(job, ending.state);
  return { ...rest, finishedAt: now, pendingEvent: ending.event, ...(ending.reason ? { reason: ending.reason } : {}) };
}

/** The event of its end is in the log. */
export function announced(job: Job): Job {
  const { pendingEvent: _ending, ...rest } = job;
  return rest;
}

function moved(job: Job, state: JobState): Job {
  if (!NEXT[job.state].includes(state)) throw new Error(`job ${job.id} is ${job.state}: it cannot become ${state}`);
  const { finishing: _over, ...rest } = job;
  return { ...rest, state };
}
