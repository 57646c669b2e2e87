import type { ChildExit } from '../../child/child.ts';
import type { ChildEvent } from '../../child/event.ts';
import type { Job, JobReason } from './job.ts';
import { reasonOf } from './reasons.ts';
import type { Ending } from './transition.ts';

// Decides whether a job has succeeded, from its last event and how its process ended.

export type LastEvent = ChildEvent<'train_end' | 'convert_model_end' | 'yielded' | 'error'>;

/** How a child ended. */
export interface ChildResult {
  readonly exit: ChildExit;
  readonly lastEvent: LastEvent | undefined;
  /** It was ended because it said nothing for so long. */
  readonly silentMs: number | undefined;
}

export type Verdict =
  | { readonly succeeded: LastEvent }
  | { readonly yielded: ChildEvent<'yielded'> }
  | { readonly failed: JobReason };

/** Success, or the end of a turn, is exit 0 after the event that says so; everything else is a failure with a sentence. */
export function judge(job: Job, result: ChildResult): Verdict {
  const { exit, lastEvent, silentMs } = result;
  if (lastEvent?.event === 'error') return { failed: reasonIn(lastEvent) };
  if (silentMs !== undefined) return { failed: reasonOf('child_silent', { seconds: Math.round(silentMs / 1000) }) };
  if (exit.reason !== undefined) return { failed: reasonOf('child_not_started', { detail: exit.reason }) };
  if (exit.code !== 0) return { failed: reasonOf('child_crashed', crashOf(exit)) };
  if (lastEvent?.event === 'yielded' && job.kind === 'train') return { yielded: lastEvent };
  const wanted = job.kind === 'train' ? 'train_end' : 'convert_model_end';
  return lastEvent?.event === wanted ? { succeeded: lastEvent } : { failed: reasonOf('no_result') };
}

/** The kernel ends what takes too much memory by SIGKILL; nothing else on a healthy machine does. */
function crashOf(exit: ChildExit): Record<string, unknown> {
  if (exit.signal === null) return { exit: `exit code ${exit.code}` };
  return { exit: exit.signal, ...(exit.signal === 'SIGKILL' ? { memory: true } : {}) };
}

function reasonIn(error: ChildEvent<'error'>): JobReason {
  const { event: _event, time: _time, ...reason } = error;
  return { ...reason, code: error.code, msg: error.msg };
}

export function failedEnding(reason: JobReason): Ending {
  return { state: 'failed', reason, event: { event: 'error', ...reason } };
}

export function cancelledEnding(reason: JobReason): Ending {
  return { state: 'cancelled', reason, event: { event: 'notice', ...reason } };
}

export function completedEnding(lastEvent: LastEvent): Ending {
  const { time: _time, ...event } = lastEvent;
  return { state: 'completed', event };
}
