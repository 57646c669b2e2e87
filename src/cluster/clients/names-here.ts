import { type Client, clientKey } from '../../client.ts';
import { createNamesHere, MAX_ADDRESSES, MAX_NAMES, type NamesHere } from '../../people/names-here.ts';
import { nameKey } from '../../pupil-name.ts';
import { PREFIX, type Redis } from '../redis.ts';
import { CLIENT_TIMES } from '../times.ts';
import { createKnown } from './known.ts';
import type { Question } from './question.ts';

// Which names were seen at which address, by any web server: the page may have said a name to one of them, and the IDE
// uploads to another. Every request of a page says its name, so one that was said a while ago is not said again.

const MAX_KNOWN = 50_000;

/** What is older than this is forgotten; then 1 if the name was not there. `time`, in place of the clock of Redis, is for tests. */
const CLOCK = `
local now = tonumber(ARGV[1])
if now == nil then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  if now - string.match(all[index + 1], '^%d+') > tonumber(ARGV[2]) then redis.call('HDEL', KEYS[1], all[index]) end
end
`;
const NOTE = `${CLOCK}
local isNew = redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0
if isNew and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], string.format('%.0f', now) .. ' ' .. ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if excess > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], excess)
  for index = 1, #oldest, 2 do redis.call('DEL', oldest[index]) end
end
return isNew and 1 or 0
`;
const AT = `${CLOCK}
return redis.call('HVALS', KEYS[1])
`;

/** `now`: in the place of the clock of Redis. */
export function createSharedNamesHere(
  redis: Pick<Redis, 'eval'>,
  question: Question,
  rememberedMs: number,
  now?: () => number,
): NamesHere {
  const here = createNamesHere(rememberedMs, now);
  const saidAt = createKnown<number>(MAX_KNOWN);
  const clock = now ?? (() => performance.now());
  const keyOf = (client: Client) => `${PREFIX}:names:${clientKey(client)}`;
  const head = () => [now?.() ?? '', rememberedMs] as const;

  return {
    async note(client, name) {
      const said = `${clientKey(client)} ${name}`;
      const isNewHere = await here.note(client, name);
      if (!isNewHere && clock() - (saidAt.get(said) ?? Number.NEGATIVE_INFINITY) < CLIENT_TIMES.nameAgainMs)
        return false;
      const keys = [keyOf(client), `${PREFIX}:addresses-with-names`];
      const rest = [nameKey(name), name, MAX_NAMES, MAX_ADDRESSES];
      const answer = await question(() => redis.eval(NOTE, keys.length, ...keys, ...head(), ...rest));
      if (answer === undefined) return isNewHere;
      saidAt.set(said, clock());
      return answer === 1;
    },
    async at(client) {
      const shared = await question(() => redis.eval(AT, 1, keyOf(client), ...head()));
      const names = ((shared ?? []) as string[]).map((value) => value.slice(value.indexOf(' ') + 1));
      return distinct([...(await here.at(client)), ...names]);
    },
  };
}

/** Redis may have lost names that this web server knows; of two spellings the one in Redis counts. */
function distinct(names: readonly string[]): readonly string[] {
  return [...new Map(names.map((name) => [nameKey(name), name])).values()];
}
