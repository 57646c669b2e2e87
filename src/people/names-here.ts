import { type Client, clientKey } from '../client.ts';
import { nameKey } from '../pupil-name.ts';

// Which names were seen at which address, so that what its IDE does belongs to a name.

/** A class behind one router, and as many mistyped names. */
export const MAX_NAMES = 200;
export const MAX_ADDRESSES = 10_000;

/** What one web server has seen (below), or all that share a Redis (src/cluster/clients). */
export interface NamesHere {
  /** True: it was not seen here before, or so long ago that it was forgotten. */
  note(client: Client, name: string): Promise<boolean>;
  at(client: Client): Promise<readonly string[]>;
}

interface Seen {
  readonly name: string;
  readonly at: number;
}

/** `now`: of a clock that nobody sets. */
export function createNamesHere(rememberedMs: number, now: () => number = () => performance.now()): NamesHere {
  const addresses = new Map<string, Map<string, Seen>>();

  const fresh = (client: Client): Map<string, Seen> => {
    const seen = addresses.get(clientKey(client)) ?? new Map<string, Seen>();
    for (const [key, { at }] of seen) if (now() - at > rememberedMs) seen.delete(key);
    return seen;
  };

  return {
    async note(client, name) {
      const seen = fresh(client);
      const isNew = !seen.has(nameKey(name));
      if (isNew && seen.size >= MAX_NAMES) return false;
      seen.set(nameKey(name), { name, at: now() });
      const [oldest] = addresses.keys();
      if (!addresses.has(clientKey(client)) && addresses.size >= MAX_ADDRESSES && oldest !== undefined)
        addresses.delete(oldest);
      addresses.set(clientKey(client), seen);
      return isNew;
    },
    at: async (client) => [...fresh(client).values()].map(({ name }) => name),
  };
}
