import { ConfigError } from '../errors.ts';

// Whether a Redis can serve a cluster, by what it says of itself. What is wrong is said at the start: later it would only
// be seen in jobs that are forgotten or never taken.

/** The oldest version that the tests have run with. */
const OLDEST_MAJOR = 7;

/** `info`: its answer to INFO. Undefined: nothing is wrong. */
export function faultOf(info: string): string | undefined {
  const facts = new Map(info.split(/\r?\n/).map((line) => [before(line), line.slice(before(line).length + 1)]));
  const is = (name: string) => facts.get(name) ?? '';
  const version = is('redis_version');
  const policy = is('maxmemory_policy');
  if (Number.parseInt(version, 10) < OLDEST_MAJOR)
    return `The Redis of MAI_REDIS is version ${version}: install Redis ${OLDEST_MAJOR} or newer, or Valkey.`;
  if (is('redis_mode') === 'cluster')
    return 'The Redis of MAI_REDIS is a Redis Cluster, which keeps its keys in several places: use one that stands alone.';
  if (is('role') === 'slave')
    return 'The Redis of MAI_REDIS is a replica, which takes nothing in: give the address of the one that it copies.';
  if (Number(is('maxmemory')) > 0 && policy !== 'noeviction')
    return `The Redis of MAI_REDIS forgets keys when it is full (maxmemory-policy is ${policy}): set it to noeviction.`;
  return undefined;
}

const before = (line: string) => line.split(':', 1)[0] ?? '';

/** Why there is no answer to use. */
export function refusalOf(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  const message = error instanceof Error ? error.message : '';
  if (/^(NOAUTH|WRONGPASS)/.test(message))
    return new ConfigError(
      'The Redis of MAI_REDIS refuses the password: write it as redis://:password@host:6379, with a user as redis://user:password@host:6379.',
    );
  if (/^NOPERM/.test(message))
    return new ConfigError(
      'The user of MAI_REDIS may not do everything in Redis: give it all rights for keys and commands.',
    );
  return new ConfigError('Redis does not answer at the address of MAI_REDIS: start it, or correct the address.');
}
