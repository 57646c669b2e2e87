import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { REMOTE_TIMES } from '../times.ts';

// Signs the requests of hosts with the key of the cluster, so that the key itself is never sent.

const SCHEME = 'MAI1';
const FORM = /^MAI1 (\d{1,15})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** The `authorization` of one request. */
export function sign(key: string, method: string, path: string, nowMs = Date.now()): string {
  const nonce = randomBytes(16).toString('base64url');
  return `${SCHEME} ${nowMs}.${nonce}.${signatureOf(key, method, path, String(nowMs), nonce)}`;
}

/** Why a request is refused; undefined: it is not. */
export type CheckSignature = (
  header: string | undefined,
  method: string,
  path: string,
) => 'no key' | 'another time' | undefined;

/** Each signature counts once, and for a short time. */
export function createSignatureCheck(key: string, now: () => number = Date.now): CheckSignature {
  let recent = new Set<string>();
  let before = new Set<string>();
  let turnedAt = now();
  return (header, method, path) => {
    const [, time = '', nonce = '', given = ''] = FORM.exec(header ?? '') ?? [];
    const wanted = Buffer.from(signatureOf(key, method, path, time, nonce));
    const own = Buffer.from(given);
    if (own.length !== wanted.length || !timingSafeEqual(own, wanted)) return 'no key';
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

function signatureOf(key: string, method: string, path: string, time: string, nonce: string): string {
  return createHmac('sha256', key).update([SCHEME, method, path, time, nonce].join('\n')).digest('base64url');
}
