import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.ts';
import { setOpened } from './client-of.ts';

// Takes the key of a classroom out of the address before a route is looked for.

/** No route has this path: a wrong key is answered as any address that does not exist. */
export const NOWHERE = '/-';

/**
 * They say how to reach the server and whether it is well, and nothing about who uses it: a pupil opens the first before
 * typing any key, and what watches over the server has none (the figures have a key of their own, and so have computers that train for it).
 */
const WITHOUT_KEY = /^\/(?:trust|trust\/ca\.crt|healthz|readyz|metrics|privacy|cluster\/[\w/-]+)(?:\?|$)/;

/**
 * With keys, only `/w/<key>/…` and what says nothing of pupils answer; the rest of the path is what the server without keys knows.
 * The unchanged IDE appends its paths to the base URL it was given, so the key needs no header.
 */
export function keyRewriter(keys: Config['keys']): (request: Pick<IncomingMessage, 'url'>) => string {
  if (keys.length === 0) return (request) => request.url ?? '/';
  const digests = keys.map((known) => ({ known, digest: sha256(known.key) }));
  return (request) => {
    const path = pathOf(request.url ?? '');
    const [, given = '', rest = ''] = /^\/w\/([^/?#]{1,128})(.*)$/s.exec(path) ?? [];
    const digest = sha256(given);
    let found: Config['keys'][number] | undefined;
    // every key is compared, each in constant time: the answer's time says nothing
    for (const { known, digest: own } of digests) if (timingSafeEqual(own, digest)) found = known;
    if (found === undefined) return WITHOUT_KEY.test(path) ? path : NOWHERE;
    setOpened(request, { workspace: found.workspace, role: found.role ?? 'anybody' });
    return rest.startsWith('/') ? rest : `/${rest}`;
  };
}

/** The target of a request without `http://host:port` in front, as proxies are asked (RFC 9112 § 3.2.2). */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/** Equal lengths, which timingSafeEqual asks for. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
