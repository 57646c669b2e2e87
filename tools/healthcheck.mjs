// The container's health check: does the server answer /ping within 4 s, as its own configuration says?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/** @type {Readonly<Record<string, string>>} */
const EVERYWHERE = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** The key of MAI_KEY (of several the first), else the one that the server made for itself. @param {Environment} environment */
function keyOf({ MAI_KEY = '', MAI_PROJECTS_DIR }) {
  const [first = ''] = MAI_KEY.split(',');
  if (first.trim() === 'open') return '';
  if (first.trim() !== '') return first.slice(first.lastIndexOf(':') + 1).trim();
  try {
    return readFileSync(join(MAI_PROJECTS_DIR || 'projects', '.key'), 'utf8').trim();
  } catch {
    return '';
  }
}

/** A server of this computer alone asks for no key, though an older start may have left one. @param {string} host @param {string} proxies */
function isReachedByOthers(host, proxies) {
  return (
    (host !== '' && host !== 'localhost' && host !== '::1' && !host.startsWith('127.')) ||
    (proxies !== '' && proxies !== '0')
  );
}

/** @param {Environment} environment */
function addressOf(environment) {
  const host = environment.MAI_HOST?.trim() ?? '';
  const name = EVERYWHERE[host] ?? (host.includes(':') ? `[${host}]` : host);
  const key =
    environment.MAI_KEY?.trim() || isReachedByOthers(host, environment.MAI_TRUST_PROXY?.trim() ?? '')
      ? keyOf(environment)
      : '';
  return `http://${name}:${environment.MAI_PORT?.trim() || '5000'}${key === '' ? '' : `/w/${key}`}/ping`;
}

try {
  const answer = await fetch(addressOf(process.env), { signal: AbortSignal.timeout(4000) });
  const body = /** @type {{ readonly result?: unknown }} */ (await answer.json());
  process.exitCode = body.result === 'pong' ? 0 : 1;
} catch {
  process.exitCode = 1;
}
