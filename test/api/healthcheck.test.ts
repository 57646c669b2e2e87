import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../src/config.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';

const SCRIPT = fileURLToPath(new URL('../../tools/healthcheck.mjs', import.meta.url));

/** Whether the check calls what listens on this port well, given what its container is given. */
async function callsWell(port: number, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const check = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env['PATH'], MAI_PORT: String(port), ...environment },
    stdio: 'ignore',
  });
  const [code] = (await once(check, 'exit')) as [number];
  return code === 0;
}

async function isWell(config: Partial<Config>, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const { app, listen } = await buildTestApp(config);
  await listen();
  const well = await callsWell((app.server.address() as AddressInfo).port, environment);
  await app.close();
  return well;
}

test('the health check finds the server at IPv4 and IPv6 addresses', async () => {
  assert.ok(await isWell({}, {}));
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::', '::1', '127.0.0.2'])
    assert.ok(await isWell({ host }, { MAI_HOST: host, MAI_KEY: 'open' }), host);
});

test('it needs no key of a server that asks for one', async () => {
  const keys = [{ workspace: '7a', key: 'river-candle-tiger' }];
  assert.ok(await isWell({ keys }, {}));
  assert.ok(await isWell({ host: '0.0.0.0', keys }, { MAI_HOST: '0.0.0.0', MAI_KEY: ' 7a:river-candle-tiger' }));
});

test('a server that lives and is not ready is well: a restart would not help it', async () => {
  assert.ok(await isWell({ python: '/there/is/no/python' }, {}));
});

test('a server that is not there, or another program in its place, is not well', async () => {
  assert.ok(!(await callsWell(1, {})));
  const other = createServer((_request, response) => response.end('{"status":"fine"}')).listen(0, '127.0.0.1');
  after(() => other.close());
  await once(other, 'listening');
  assert.ok(!(await callsWell((other.address() as AddressInfo).port, {})));
});
