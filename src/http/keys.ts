import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyNeeded, tooManyKeys, type AppError } from '../errors.ts';
import { limitGroup } from '../address.ts';
import { languageOf } from '../messages/language.ts';
import type { KeyTimes } from '../time-limits.ts';
import type { App } from './app-type.ts';
import { clientOf, hasKey, openedBy } from './client-of.ts';
import { failOf } from './fail.ts';
import type { Gate } from './gate.ts';
import { plainHeaders } from './headers.ts';
import type { KeyAttempts } from './key-attempts.ts';
import { KEY_PAGE_HEADERS, keyPage } from './key-page.ts';
import { wantsPage } from './wants-page.ts';
import { NOWHERE, pathOf } from './workspace-key.ts';

// Checks the key of a classroom in the address of every request.

/** Resolves to a refusal, where the request gets no other answer. */
export type CheckKey = (request: FastifyRequest) => Promise<KeyRefusal | undefined>;

export interface KeyRefusal {
  readonly error: AppError;
  readonly headers: Readonly<Record<string, string | number>>;
}

/**
 * Before anything else looks at a request, or its answer would tell a right key from a wrong one: a wrong key
 * and a wrong path look alike, and whoever guesses on waits.
 */
export function createKeyCheck(
  gate: Pick<Gate, 'originWithoutKey'>,
  attempts: KeyAttempts,
  { longestWaitMs }: Pick<KeyTimes, 'longestWaitMs'>,
): CheckKey {
  return async (request) => {
    const refuse = (error: AppError, headers = {}): KeyRefusal => ({
      error,
      headers: { ...plainHeaders(gate.originWithoutKey(request)), ...headers },
    });
    const isNowhere = request.raw.url === NOWHERE;
    if (hasKey(request) || (isNowhere && pathOf(request.originalUrl).startsWith('/w/'))) {
      const { workspace, role } = openedBy(request);
      // a pupil who has opened the class must not guess the teacher's key without waiting
      const opens = isNowhere ? undefined : `${role}:${workspace}`;
      const waitMs = await attempts.waitMs(limitGroup(clientOf(request).address), opens);
      if (waitMs === undefined) {
        const seconds = Math.ceil(longestWaitMs / 1000);
        return refuse(tooManyKeys(seconds), { 'retry-after': seconds });
      }
      if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
    }
    return isNowhere ? refuse(keyNeeded()) : undefined;
  };
}

/** Answers what has no valid key. Before every hook that answers or reads. */
export function registerKeys(app: App, checkKey: CheckKey): void {
  app.addHook('onRequest', async (request, reply) => {
    const refusal = await checkKey(request);
    if (refusal !== undefined) return sendKeyRefusal(reply, refusal);
  });
}

/** A person in a browser gets a page in their language, a program JSON. */
export function sendKeyRefusal(reply: FastifyReply, { error, headers }: KeyRefusal): FastifyReply {
  reply.code(error.statusCode).headers({ ...headers, vary: 'Origin, Accept, Accept-Language' });
  return wantsPage(reply.request, 'application/json')
    ? reply
        .headers(KEY_PAGE_HEADERS)
        .type('text/html; charset=utf-8')
        .send(keyPage(error, languageOf(reply.request, undefined)))
    : reply.type('application/json').send(failOf(error));
}

/** Lines of the log without keys, whatever put them there. Longest first: one key may begin another. */
export function withoutKeys(line: string, keys: readonly { readonly key: string }[]): string {
  const longestFirst = keys.toSorted((a, b) => b.key.length - a.key.length);
  return longestFirst.reduce((text, { key }) => text.replaceAll(key, '<key>'), line);
}
