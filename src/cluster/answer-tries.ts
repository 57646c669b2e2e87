import { ANSWER_TRIES, type LetGo } from '../jobs/domain/answer-queue.ts';
import { CLUSTER_TIMES } from './times.ts';
import { PREFIX, type Redis } from './redis.ts';

// How often all workers together have begun to answer for a training. A worker that dies with it cannot say so: what was
// begun counts, and is taken back where nothing was wrong.

export interface AnswerTries {
  areOver(jobId: string): Promise<boolean>;
  begin(jobId: string): Promise<void>;
  note(jobId: string, how: LetGo): Promise<void>;
}

export function createAnswerTries(redis: Redis): AnswerTries {
  const keyOf = (jobId: string) => `${PREFIX}:answer-tries:${jobId}`;
  return {
    areOver: async (jobId) => Number(await redis.get(keyOf(jobId))) >= ANSWER_TRIES,
    async begin(jobId) {
      await redis.incr(keyOf(jobId));
      await redis.pexpire(keyOf(jobId), CLUSTER_TIMES.triesMs);
    },
    async note(jobId, how) {
      if (how === 'done') await redis.del(keyOf(jobId));
      if (how === 'undone') await redis.decr(keyOf(jobId));
      if (how === 'given up') await redis.set(keyOf(jobId), ANSWER_TRIES, 'PX', CLUSTER_TIMES.triesMs);
    },
  };
}
