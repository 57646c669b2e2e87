import { createWriteStream } from 'node:fs';
import { Agent, type IncomingMessage, get as getHttp } from 'node:http';
import { Agent as SecureAgent, get as getHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { isFullDisk } from '../../system-errors.ts';
import { REMOTE_TIMES, STORE_TIMES } from '../times.ts';
import { hashOf } from './blob-cache.ts';
import type { StoreFault } from './protocol.ts';

// How a host gets a photo from the object store to which a web server has sent it. The address is all that it needs.

export interface FromStore {
  /** It could not be reached lately: ask the web server alone. */
  readonly isOff: boolean;
  /** Write it to a path. Undefined: it is there, with this content. Rejects where the disk is full, or the run is over. */
  fetch(address: string, file: StoredFile, path: string, signal: AbortSignal): Promise<StoreFault | undefined>;
}

export interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

const NOT_FOUND = 404;

export function createFromStore(now: () => number = Date.now): FromStore {
  const agents = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) };
  let offUntil = 0;
  return {
    get isOff() {
      return now() < offUntil;
    },
    async fetch(address, { sha256, bytes }, path, signal) {
      try {
        const response = await ask(address, agents, signal);
        if (response.statusCode !== 200 || Number(response.headers['content-length']) !== bytes) {
          response.destroy();
          if (response.statusCode === NOT_FOUND) return 'missing';
          if (response.statusCode === 200) return 'wrong';
          throw new Error(`the store answers ${response.statusCode}`);
        }
        await pipeline(response, createWriteStream(path));
      } catch (error) {
        if (signal.aborted || isFullDisk(error)) throw error;
        offUntil = now() + STORE_TIMES.hostAgainMs;
        return 'unreachable';
      }
      return (await hashOf(path)) === sha256 ? undefined : 'wrong';
    },
  };
}

function ask(
  address: string,
  agents: { readonly http: Agent; readonly https: SecureAgent },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isSecure = address.startsWith('https:');
  return new Promise((resolve, reject) => {
    const question = isSecure
      ? getHttps(address, { agent: agents.https, signal }, resolve)
      : getHttp(address, { agent: agents.http, signal }, resolve);
    question.setTimeout(REMOTE_TIMES.idleMs, () => question.destroy(new Error('the store does not answer')));
    question.once('error', reject);
  });
}
