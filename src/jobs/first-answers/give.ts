import { freemem } from 'node:os';
import { firstAnswerCommand } from '../../child/command.ts';
import { setAnswering } from '../../child/fair-share.ts';
import type { AnswerQueue } from '../domain/answer-queue.ts';
import type { Job, JobReason } from '../domain/job.ts';
import { answered } from '../domain/transition.ts';
import type { JobParts } from '../parts.ts';
import { jobLine } from '../run/job-line.ts';
import { createFirstAnswers, type FirstAnswers } from './lane.ts';
import { startFirstAnswerProcess } from './process.ts';

// Connects first answers with the queue, the slots and the logs of jobs.

export interface GiveOptions
  extends Pick<
    JobParts,
    'config' | 'environment' | 'store' | 'registry' | 'scheduler' | 'slotOfAnswers' | 'tuning' | 'log'
  > {
  /** End a job that has left the queue as failed, and notify its listeners. */
  endWaiting(job: Job, reason: JobReason): Promise<void>;
  /** What every line of the log about a job has. */
  idsOf(job: Job): Readonly<Record<string, string>>;
}

/** First answers for the trainings of this queue, in the order in which they will have their turn. */
export function giveFirstAnswers(options: GiveOptions, queue: AnswerQueue): FirstAnswers {
  const { config, environment, store, registry, scheduler, slotOfAnswers: slot, tuning, log } = options;
  const lane = createFirstAnswers({
    queue,
    mayRun: () => freemem() >= tuning.firstAnswerMinFreeBytes,
    requestFor(job) {
      const { args } = jobLine(config, job, store.paths(job.ref), slot, 0);
      return { id: job.id, classroom: job.ref.workspace, args };
    },
    start: (handlers) =>
      startFirstAnswerProcess(firstAnswerCommand(config, environment, slot), tuning.silenceMs, handlers),
    onEvent: ({ id }, event) => registry.log(id).append(event),
    async onAnswered({ id }) {
      const job = registry.get(id);
      if (job?.state !== 'waiting') return;
      // Once the record says so, the training sends none of these events again, whatever becomes of this process.
      registry.log(id).flush();
      await registry.save(answered(job));
    },
    async onRefused(job, reason) {
      if (await scheduler.unqueue(job.id)) await options.endWaiting(job, reason);
    },
    onBusy: setAnswering,
    report: (message, { job, child, written }) => log.warn({ ...(job && options.idsOf(job)), child, written }, message),
    idleMs: tuning.firstAnswerIdleMs,
  });
  queue.onLost(lane.drop);
  return lane;
}
