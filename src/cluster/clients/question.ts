import { within, type Redis } from '../redis.ts';
import { CLIENT_TIMES, type ClientTimes } from '../times.ts';

// What Redis is asked while somebody waits for an answer of the web server. Where it does not answer, each web server
// decides for itself: a class never stops because of it.

/** Undefined: Redis does not answer. For a while after that it is not asked, so that only one request waits for it. */
export type Question = <Value>(ask: () => Promise<Value>) => Promise<Value | undefined>;

/** `report`: why there was no answer, for the people who run the server. */
export function createQuestion(
  redis: Pick<Redis, 'status'>,
  report: (error: unknown) => void,
  { answerMs, askAgainMs }: Pick<ClientTimes, 'answerMs' | 'askAgainMs'> = CLIENT_TIMES,
): Question {
  let silentUntil = Number.NEGATIVE_INFINITY;
  return async (ask) => {
    // a command would wait for a lost connection
    if (redis.status !== 'ready' || performance.now() < silentUntil) return undefined;
    try {
      return await within(ask(), answerMs);
    } catch (error) {
      silentUntil = performance.now() + askAgainMs;
      report(error);
      return undefined;
    }
  };
}
