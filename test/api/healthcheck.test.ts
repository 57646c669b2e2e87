import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../src/config.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';

const SCRIPT = fileURLToPath(new URL('../../tools/healthcheck.mjs', import.meta.url));
const key = (workspace: string, text: string) => ({ workspace, key: text });

/** Whether the check calls the server well, given what its container is given. */
async function isWell(
  config: Partial<Config>,
  environment: Readonly<Record<string, string>>,
  keyFile?: string,
): Promise<boolean> {
  const { app, config: whole, listen } = await buildTestApp(config);
  await listen();
  if (keyFile !== undefined) await writeFile(join(whole.projectsDir, '.key'), keyFile);
  const address = app.server.address();
  const port = String(typeof address === 'object' ? address?.port : 0);
  const check = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env['PATH'], MAI_PORT: port, MAI_PROJECTS_DIR: whole.projectsDir, ...environment },
    stdio: 'ignore',
  });
  const [code] = (await once(check, 'exit')) as [number];
  await app.close();
  return code === 0;
}

test('the health check finds the server at IPv4 and IPv6 addresses', async () => {
  assert.ok(await isWell({}, {}));
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '::', '::1', '127.0.0.2'])
    assert.ok(await isWell({ host }, { MAI_HOST: host, MAI_KEY: 'open' }), host);
});

test('it uses the key that the server asks for: set, one of several, or made at the start', async () => {
  const many = [key('7a', 'river-candle-tiger'), key('7b', 'forest-lemon-drum')];
  assert.ok(await isWell({ keys: [key('', 'river-candle-tiger')] }, { MAI_KEY: 'river-candle-tiger' }));
  assert.ok(await isWell({ keys: many }, { MAI_KEY: ' 7a:river-candle-tiger, 7b:forest-lemon-drum' }));
  assert.ok(
    await isWell(
      { keys: [{ ...key('7a', 'river-candle-tiger'), role: 'teacher' }] },
      { MAI_KEY: 'teacher:7a:river-candle-tiger' },
    ),
  );
  assert.ok(
    await isWell(
      { host: '0.0.0.0', keys: [key('', 'river-candle-tiger')] },
      { MAI_HOST: '0.0.0.0' },
      'river-candle-tiger\n',
    ),
  );
  assert.ok(await isWell({}, {}, 'river-candle-tiger\n'), 'a key of an older start that the server does not ask for');
  assert.ok(!(await isWell({ keys: many }, { MAI_KEY: 'another-long-key' })));
});

test('a server that is not there is not well', async () => {
  assert.ok(!(await isWell({}, { MAI_PORT: '1' })));
});
