// The container's health check: does the server answer /healthz within 4 s, as its own configuration says?
// Not /readyz: who acts on this check restarts the container, which helps a process that hangs and not a full disk.

/** @type {Readonly<Record<string, string>>} */
const EVERYWHERE = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '[::1]' };

/** @param {Readonly<Record<string, string | undefined>>} environment */
function addressOf({ MAI_HOST = '', MAI_PORT = '' }) {
  const host = MAI_HOST.trim();
  const name = EVERYWHERE[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${name}:${MAI_PORT.trim() || '5000'}/healthz`;
}

try {
  const answer = await fetch(addressOf(process.env), { signal: AbortSignal.timeout(4000) });
  const body = /** @type {{ readonly status?: unknown }} */ (await answer.json());
  process.exitCode = body.status === 'alive' ? 0 : 1;
} catch {
  process.exitCode = 1;
}
