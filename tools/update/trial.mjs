import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 180_000;
const LOOK_AGAIN_MS = 200;
/** The server takes 10 s at most. */
const STOP_MS = 15_000;

/**
 * Start the server of `root` on a free port, with an empty projects folder of its own, and ask it whether it can take
 * work. Resolves with what is wrong; undefined: nothing.
 *
 * @param {string} root
 * @returns {Promise<string | undefined>}
 */
export async function whyNotReady(root, deadlineMs = DEADLINE_MS, stopMs = STOP_MS) {
  const projects = await mkdtemp(join(tmpdir(), 'mai-trial-'));
  const env = {
    ...process.env,
    ...{ MAI_HOST: '127.0.0.1', MAI_PORT: '0', MAI_HTTPS_PORT: 'off', MAI_PROJECTS_DIR: projects },
    ...{ MAI_KEY: '', MAI_TRUST_PROXY: '', MAI_TLS_CERT: '', MAI_TLS_KEY: '' },
  };
  const server = spawn(process.execPath, ['tools/start.mjs'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (/** @type {Buffer} */ part) => (said = (said + part).slice(-20_000)));
  const gone = once(server, 'exit');
  try {
    const isOver = AbortSignal.timeout(deadlineMs);
    while (!isOver.aborted) {
      if (server.exitCode !== null) return `it ends: ${lastLine(said)}`;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (address !== undefined && (await isReady(address))) return undefined;
      await pause(LOOK_AGAIN_MS);
    }
    return `it is not ready after ${deadlineMs / 1000} s: ${lastLine(said)}`;
  } finally {
    if (server.exitCode === null) server.kill();
    // a version that does not stop either
    const insist = setTimeout(() => server.kill('SIGKILL'), stopMs);
    await gone;
    clearTimeout(insist);
    await rm(projects, { recursive: true, force: true });
  }
}

/** @param {string} address */
async function isReady(address) {
  try {
    return (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

/** @param {string} text */
function lastLine(text) {
  return text.trim().split('\n').at(-1)?.slice(0, 300) || 'it said nothing';
}
