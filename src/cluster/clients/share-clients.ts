import type { ClientLimits } from '../../http/client-limits.ts';
import type { NamesHere } from '../../people/names-here.ts';
import { PEOPLE_TIMES } from '../../time-limits.ts';
import type { Redis } from '../redis.ts';
import { createSharedKeyAttempts } from './key-attempts.ts';
import { createSharedNamesHere } from './names-here.ts';
import { createSharedPlaces } from './places.ts';
import { createQuestion } from './question.ts';
import { createSharedRequestCounts } from './request-counts.ts';

/** What web servers know of their clients together. `name`: of this process. */
export function shareClients(
  redis: Redis,
  name: string,
  report: (error: unknown) => void,
): { readonly limits: ClientLimits; readonly namesHere: NamesHere } {
  const question = createQuestion(redis, report);
  return {
    limits: {
      keyAttempts: (times) => createSharedKeyAttempts(redis, question, times),
      requests: createSharedRequestCounts(redis, question),
      places: (kind, max, error) => createSharedPlaces({ redis, question, name, kind, max, error }),
    },
    namesHere: createSharedNamesHere(redis, question, PEOPLE_TIMES.rememberedMs),
  };
}
