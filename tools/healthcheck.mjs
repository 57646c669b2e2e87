// The container's health check: does the server answer /ping within 4 s, as its own configuration says?
const host = !process.env['MAI_HOST'] || process.env['MAI_HOST'] === '0.0.0.0' ? '127.0.0.1' : process.env['MAI_HOST'];
const port = process.env['MAI_PORT'] || '5000';
const [firstKey = ''] = (process.env['MAI_KEY'] ?? '').split(',');
const key = firstKey.includes(':') ? firstKey.slice(firstKey.indexOf(':') + 1) : firstKey;
const base = key ? `/w/${encodeURIComponent(key.trim())}` : '';

try {
  const answer = await fetch(`http://${host}:${port}${base}/ping`, { signal: AbortSignal.timeout(4000) });
  const body = await answer.json();
  process.exitCode = body.result === 'pong' ? 0 : 1;
} catch {
  process.exitCode = 1;
}
