import { setTimeout as pause } from 'node:timers/promises';
import { keyNeeded, tooManyKeys } from '../errors.ts';
import { limitGroup } from './address.ts';
import type { App } from './app-type.ts';
import { clientOf, hasKey } from './client.ts';
import { failOf } from './fail.ts';
import { createKeyAttempts, LONGEST_WAIT_MS } from './key-attempts.ts';
import { NOWHERE } from './workspace-key.ts';

/** Answers what has no valid key, before anything else looks at it: a wrong key and a wrong path look alike. */
export function registerKeys(app: App): void {
  const attempts = createKeyAttempts();
  app.addHook('onRequest', async (request, reply) => {
    const isNowhere = request.raw.url === NOWHERE;
    if (hasKey(request) || (isNowhere && request.originalUrl.startsWith('/w/'))) {
      const { address, workspace } = clientOf(request);
      const waitMs = attempts.waitMs(limitGroup(address), isNowhere ? undefined : workspace);
      if (waitMs === undefined) {
        const seconds = Math.ceil(LONGEST_WAIT_MS / 1000);
        return reply.code(429).header('retry-after', seconds).type('application/json').send(failOf(tooManyKeys(seconds)));
      }
      if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
    }
    if (isNowhere) return reply.code(404).type('application/json').send(failOf(keyNeeded()));
  });
}

/** Lines of the log without keys, whatever put them there. */
export function withoutKeys(line: string, keys: readonly { readonly key: string }[]): string {
  return keys.reduce((text, { key }) => text.replaceAll(key, '<key>'), line);
}
