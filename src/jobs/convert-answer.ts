import type { EventBus } from '../events/event-bus.ts';
import type { AppError } from '../errors.ts';
import type { Client } from '../client.ts';
import { failOf, type Fail } from '../http/fail.ts';
import type { ProjectRef } from '../projects/project.ts';
import type { Job } from './domain/job.ts';
import type { JobService } from './job-service.ts';

// The answer to GET /convert, which comes only when the conversion has ended.

export interface ConvertAnswerOptions {
  readonly jobs: Pick<JobService, 'submitConvert' | 'whenFinished'>;
  readonly bus: Pick<EventBus, 'refuse'>;
  /** The conversion that the answer waits for, its own or one that it joined. */
  onAccepted(job: Job): void;
  /** The error that a client may see; whatever else it was is logged. */
  toRefusal(error: unknown): AppError;
}

export interface WantedConversion {
  readonly ref: ProjectRef;
  /** Undefined: the project's own. */
  readonly board?: string | undefined;
}

/**
 * What /convert answers, once the conversion has ended. Never rejects: the IDE reads status 200
 * alone, and shows no reason, so every reason goes to the caller's event streams too (of a job by
 * its log, which the caller's streams follow). Undefined:
 * the client has left; the conversion goes on.
 */
export async function convertAnswer(
  { jobs, bus, toRefusal, onAccepted }: ConvertAnswerOptions,
  client: Client,
  { ref, board }: WantedConversion,
  signal: AbortSignal,
): Promise<{ result: 'OK' } | Fail | undefined> {
  try {
    const accepted = await jobs.submitConvert(client, ref, board);
    onAccepted(accepted);
    const job = await jobs.whenFinished(accepted.id, signal);
    if (job.state === 'completed') return { result: 'OK' };
    const reason = job.reason ?? { code: job.state, msg: job.state };
    return { result: 'FAIL', code: reason.code, reason: reason.msg };
  } catch (error) {
    if (signal.aborted) return undefined;
    const refusal = toRefusal(error);
    bus.refuse(client, refusal);
    return failOf(refusal);
  }
}
