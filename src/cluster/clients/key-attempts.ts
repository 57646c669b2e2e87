import { createKeyAttempts, FREE_GUESSES, type KeyAttempts } from '../../http/key-attempts.ts';
import type { KeyTimes } from '../../time-limits.ts';
import { PREFIX, type Redis } from '../redis.ts';
import { CLIENT_TIMES } from '../times.ts';
import { createKnown } from './known.ts';
import type { Question } from './question.ts';

// Guessed keys, counted for all web servers together by the rule of src/http/key-attempts.ts: whoever asks them in turns
// gets no more tries. An address that this web server has seen open something is not looked up.

const MAX_KNOWN = 10_000;

/** The time is that of Redis, which all share, unless one is given. -1: too many wait already. */
const WAIT = `
local opens, free = ARGV[1], tonumber(ARGV[2])
local forgivenMs, turnMs, longestMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if opens ~= '' and redis.call('SISMEMBER', KEYS[2], opens) == 1 then return 0 end
local now = tonumber(ARGV[7])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local was = redis.call('HMGET', KEYS[1], 'wrong', 'last', 'turn')
local wrong, last, turn = tonumber(was[1] or '0'), tonumber(was[2] or '0'), tonumber(was[3] or '0')
-- long ago; or later than now, as the clock of Redis was set back
if math.abs(now - last) > forgivenMs then
  wrong, turn = 0, 0
  redis.call('DEL', KEYS[1])
end
local wait = 0
if wrong >= free then
  wait = math.max(now, turn) - now
  if wait > longestMs then return -1 end
  redis.call('HSET', KEYS[1], 'turn', now + wait + turnMs)
end
if opens == '' then
  redis.call('HSET', KEYS[1], 'wrong', wrong + 1, 'last', now)
else
  redis.call('SADD', KEYS[2], opens)
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
end
redis.call('PEXPIRE', KEYS[1], forgivenMs + longestMs + turnMs)
return wait
`;

/** `now`: in the place of the clock of Redis. */
export function createSharedKeyAttempts(
  redis: Pick<Redis, 'eval'>,
  question: Question,
  { forgivenMs, turnMs, longestWaitMs }: KeyTimes,
  now: () => number | '' = () => '',
): KeyAttempts {
  const here = createKeyAttempts(undefined, { forgivenMs, turnMs, longestWaitMs });
  const opened = createKnown<true>(MAX_KNOWN);
  const ask = async (address: string, opens: string | undefined) => {
    const keys = [`${PREFIX}:guesses:${address}`, `${PREFIX}:opened:${address}`];
    const times = [forgivenMs, turnMs, longestWaitMs, CLIENT_TIMES.openedMs];
    return Number(await redis.eval(WAIT, keys.length, ...keys, opens ?? '', FREE_GUESSES, ...times, now()));
  };
  return {
    async waitMs(address, opens) {
      const key = `${address} ${opens}`;
      if (opens !== undefined && opened.get(key)) return 0;
      // counted here, too, for the time when Redis does not answer
      const own = await here.waitMs(address, opens);
      const shared = await question(() => ask(address, opens));
      const waitMs = shared === undefined ? own : shared < 0 ? undefined : shared;
      if (opens !== undefined && waitMs !== undefined) opened.set(key, true);
      return waitMs;
    },
  };
}
