import { listensOnNetwork } from '../../address.ts';
import type { Config } from '../../config.ts';
import { inUrl } from '../../reach/addresses.ts';
import { lanAddresses } from '../../reach/own-names.ts';
import { PREFIX, type Redis } from '../redis.ts';
import { REMOTE_TIMES } from '../times.ts';

// Web servers say in Redis where hosts reach them, and hosts look there. Nothing else of what hosts do is in Redis.

const KEY = `${PREFIX}:web:`;
/** Their names, some of them of web servers that are gone: whoever looked through all keys for them would take long. */
const NAMES = `${PREFIX}:web-servers`;

/** The addresses of this web server, the best first. */
export function ownAddresses(
  { host, clusterAddress }: Pick<Config, 'host' | 'clusterAddress'>,
  port: number,
): readonly string[] {
  if (clusterAddress !== undefined) return [clusterAddress];
  const hosts = listensOnNetwork(host) && isEverywhere(host) ? [...lanAddresses(), '127.0.0.1'] : [host];
  return hosts.map((address) => `http://${inUrl(address)}:${port}`);
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Say it until it is called off. */
export function announce(redis: Redis, name: string, addresses: readonly string[]): () => void {
  const text = JSON.stringify(addresses);
  const say = () =>
    void redis
      .multi()
      .set(KEY + name, text, 'PX', REMOTE_TIMES.announcedMs)
      .sadd(NAMES, name)
      .exec()
      .catch(() => undefined);
  say();
  const timer = setInterval(say, REMOTE_TIMES.announceMs).unref();
  return () => {
    clearInterval(timer);
    void redis.del(KEY + name).catch(() => undefined);
  };
}

/** The web servers that are there, each with its addresses. Rejects where Redis does not answer. */
export async function readAnnounced(redis: Redis): Promise<readonly (readonly string[])[]> {
  const names = await redis.smembers(NAMES);
  if (names.length === 0) return [];
  const texts = await redis.mget(names.map((name) => KEY + name));
  const gone = names.filter((_, index) => texts[index] === null);
  // one that is there after all says its name again
  if (gone.length > 0) await redis.srem(NAMES, gone);
  return texts.flatMap((text) => (text === null ? [] : [addressesIn(text)]));
}

function addressesIn(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return [];
    return value.filter((one): one is string => typeof one === 'string' && /^https?:\/\/[^/?#@\s]+$/.test(one));
  } catch {
    return [];
  }
}
