import type { AppError } from '../../errors.ts';
import { groupOf } from '../../client.ts';
import type { CountLimit } from '../../http/limits.ts';
import { PREFIX, type Redis } from '../redis.ts';
import { CLIENT_TIMES, type ClientTimes } from '../times.ts';
import type { Question } from './question.ts';

// Places that a client takes at all web servers together, as by open event streams. A web server says how many of a client
// it has when that has changed by a fortieth of the limit, and hears how many the others have; nobody waits for it. What
// it has said ends by itself where it is not said again, so a web server that dies frees its places.

const PARTS = 40;

interface Taken {
  here: number;
  /** What of it the others know. */
  said: number;
  elsewhere: number;
}

/** How many the others have. */
const SAY = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now + ARGV[3]))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local elsewhere = 0
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local count, till = string.match(all[index + 1], '(%d+) (%d+)')
  -- a later end than any place has: the clock of Redis was set back
  if tonumber(till) < now or tonumber(till) > now + ARGV[3] then
    redis.call('HDEL', KEYS[1], all[index])
  elseif all[index] ~= ARGV[1] then
    elsewhere = elsewhere + count
  end
end
return elsewhere
`;

export interface SharedPlacesOptions {
  readonly redis: Pick<Redis, 'eval'>;
  readonly question: Question;
  /** Of this process. */
  readonly name: string;
  readonly kind: string;
  readonly max: number;
  readonly times?: Pick<ClientTimes, 'placeMs' | 'sayAgainMs'>;
  error(max: number): AppError;
}

export function createSharedPlaces(options: SharedPlacesOptions): CountLimit {
  const { redis, question, name, kind, max, error, times = CLIENT_TIMES } = options;
  const clients = new Map<string, Taken>();

  const say = async (key: string, taken: Taken) => {
    taken.said = taken.here;
    const args = [name, taken.here, times.placeMs] as const;
    const elsewhere = await question(() => redis.eval(SAY, 1, `${PREFIX}:places:${kind}:${key}`, ...args));
    taken.elsewhere = Number(elsewhere ?? 0);
  };
  const change = (key: string, by: 1 | -1) => {
    const taken = clients.get(key) ?? { here: 0, said: 0, elsewhere: 0 };
    taken.here += by;
    clients.set(key, taken);
    if (taken.here === 0) clients.delete(key);
    if (Math.abs(taken.here - taken.said) >= max / PARTS) void say(key, taken);
  };
  setInterval(() => {
    for (const [key, taken] of clients) if (taken.said > 0) void say(key, taken);
  }, times.sayAgainMs).unref();

  return {
    enter(client) {
      const key = groupOf(client);
      const { here, elsewhere } = clients.get(key) ?? { here: 0, elsewhere: 0 };
      if (here + elsewhere >= max) throw error(max);
      change(key, 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        change(key, -1);
      };
    },
  };
}
