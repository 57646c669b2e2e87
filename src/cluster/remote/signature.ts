import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { REMOTE_TIMES } from '../times.ts';

// Signs the requests of hosts with the key of the cluster, so that the key itself is never sent.

const SCHEME = 'MAI1';
const FORM = /^MAI1 (\d{1,15})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** What a request asks, and of whom: whoever passes it on to another server has nothing of it. */
export interface Signed {
  /** Of the web server, as it has said in Redis. */
  readonly base: string;
  readonly method: string;
  readonly path: string;
}

/** The `authorization` of one request. */
export function sign(key: string, request: Signed, nowMs = Date.now()): string {
  const nonce = randomBytes(16).toString('base64url');
  return `${SCHEME} ${nowMs}.${nonce}.${signatureOf(key, request, String(nowMs), nonce)}`;
}

/** Why a request is refused; undefined: it is not. */
export type CheckSignature = (
  header: string | undefined,
  method: string,
  path: string,
) => 'no key' | 'another time' | undefined;

/** Each signature counts once, and for a short time. `bases`: the addresses that this web server says in Redis. */
export function createSignatureCheck(
  key: string,
  bases: () => readonly string[],
  now: () => number = Date.now,
): CheckSignature {
  let recent = new Set<string>();
  let before = new Set<string>();
  let turnedAt = now();
  return (header, method, path) => {
    const [, time = '', nonce = '', given = ''] = FORM.exec(header ?? '') ?? [];
    const own = Buffer.from(given);
    const isOf = (base: string) => {
      const wanted = Buffer.from(signatureOf(key, { base, method, path }, time, nonce));
      return own.length === wanted.length && timingSafeEqual(own, wanted);
    };
    if (!bases().some(isOf)) return 'no key';
    if (Math.abs(now() - Number(time)) > REMOTE_TIMES.signatureMs) return 'another time';
    // one that is forgotten here is too old by now
    if (now() - turnedAt > 2 * REMOTE_TIMES.signatureMs) {
      before = recent;
      recent = new Set();
      turnedAt = now();
    }
    if (recent.has(nonce) || before.has(nonce)) return 'no key';
    recent.add(nonce);
    return undefined;
  };
}

function signatureOf(key: string, { base, method, path }: Signed, time: string, nonce: string): string {
  return createHmac('sha256', key).update([SCHEME, base, method, path, time, nonce].join('\n')).digest('base64url');
}
