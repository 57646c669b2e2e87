import { freemem } from 'node:os';
import { firstAnswerCommand } from '../../child/command.ts';
import { setAnswering } from '../../child/fair-share.ts';
import { type Job, type JobReason, wantsFirstAnswer } from '../domain/job.ts';
import { answered } from '../domain/transition.ts';
import type { JobParts } from '../parts.ts';
import { jobLine } from '../run/job-line.ts';
import { createFirstAnswers, type FirstAnswers } from './lane.ts';
import { startFirstAnswerProcess } from './process.ts';

// Connects first answers with the queue, the slots and the logs of jobs.

export interface GiveOptions
  extends Pick<
    JobParts,
    'config' | 'environment' | 'store' | 'registry' | 'scheduler' | 'slotOfAnswers' | 'heldBack' | 'tuning' | 'log'
  > {
  /** End a job that has left the queue as failed, and notify its listeners. */
  endWaiting(job: Job, reason: JobReason): Promise<void>;
  /** What every line of the log about a job has. */
  idsOf(job: Job): Readonly<Record<string, string>>;
}

/** First answers for the trainings that wait, in the order in which they will have their turn. */
export function giveFirstAnswers(options: GiveOptions): FirstAnswers {
  const { config, environment, store, registry, scheduler, slotOfAnswers: slot, heldBack, tuning, log } = options;
  return createFirstAnswers({
    next(without) {
      const isWanted = (id: string) => {
        const job = without.has(id) ? undefined : registry.get(id);
        return job !== undefined && wantsFirstAnswer(job);
      };
      const [item] = scheduler.queue.next(isWanted, 1);
      return item && registry.get(item.id);
    },
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
      if (job?.state === 'waiting') await registry.save(answered(job));
    },
    async onRefused(job, reason) {
      if (await scheduler.unqueue(job.id)) await options.endWaiting(job, reason);
    },
    hold({ id }, held) {
      if (held) heldBack.add(id);
      else if (heldBack.delete(id)) scheduler.startNext();
    },
    onBusy: setAnswering,
    report: (message, { job, child, written }) => log.warn({ ...(job && options.idsOf(job)), child, written }, message),
    idleMs: tuning.firstAnswerIdleMs,
  });
}
