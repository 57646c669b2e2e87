import type { RequestCounts } from '../../http/limits.ts';
import { PREFIX, type Redis } from '../redis.ts';
import { createKnown } from './known.ts';
import type { Question } from './question.ts';

// Requests of a client in a second, of all web servers together. No request waits for Redis: a web server reports each
// tenth of a limit that a client has used, hears how much of it is used at all of them, and refuses when it is all. So an
// ordinary client costs Redis nothing, and one that floods several web servers gets at most a tenth more for each.
// (The store of @fastify/rate-limit for Redis would ask it for each request.)

const PARTS = 10;
const MAX_CLIENTS = 10_000;

interface Window {
  count: number;
  unreported: number;
  endsAt: number;
}

/** How many of a window there are, with those that are added now, and how long it still takes. */
const ADD = `
local total = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
-- more is left than a window has where the clock of Redis was set back
if left < 0 or left > tonumber(ARGV[2]) then
  total, left = tonumber(ARGV[1]), tonumber(ARGV[2])
  redis.call('SET', KEYS[1], total, 'PX', left)
end
return { total, left }
`;

/** `now`: of a clock that nobody sets. */
export function createSharedRequestCounts(
  redis: Pick<Redis, 'eval'>,
  question: Question,
  now: () => number = () => performance.now(),
): RequestCounts {
  const windows = createKnown<Window>(MAX_CLIENTS);

  const windowOf = (key: string, windowMs: number) => {
    const known = windows.get(key);
    if (known !== undefined && known.endsAt > now()) return known;
    const fresh: Window = { count: 0, unreported: 0, endsAt: now() + windowMs };
    windows.set(key, fresh);
    return fresh;
  };

  const report = async (key: string, count: number, max: number, windowMs: number) => {
    const answer = await question(() => redis.eval(ADD, 1, `${PREFIX}:requests:${key}`, count, windowMs));
    if (answer === undefined) return;
    const [total, leftMs] = answer as [number, number];
    if (total < max) return;
    const window = windowOf(key, leftMs);
    window.count = Math.max(window.count, max);
    window.endsAt = now() + leftMs;
  };

  return {
    count(key, max, windowMs) {
      const window = windowOf(key, windowMs);
      window.count += 1;
      window.unreported += 1;
      if (window.count <= max && window.unreported >= max / PARTS) {
        void report(key, window.unreported, max, windowMs);
        window.unreported = 0;
      }
      return { current: window.count, ttl: Math.max(0, window.endsAt - now()) };
    },
  };
}
