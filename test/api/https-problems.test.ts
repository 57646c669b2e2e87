import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describe('what is wrong with https is one sentence, and http goes on', () => {
  /** A port that another program has. */
  const takenPort = async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    taken.unref();
    return (taken.address() as AddressInfo).port;
  };
  const withoutRoom = async () => {
    const dir = await tempDir();
    await writeFile(join(dir, '.tls'), 'a file in the place of the folder');
    return dir;
  };
  for (const [what, config, problem] of [
    ['a taken port', async () => ({ httpsPort: await takenPort() }), /port \d+ is taken .* MAI_HTTPS_PORT/],
    [
      'a missing certificate',
      async () => ({ httpsPort: 0, tlsCert: '/nowhere.crt', tlsKey: '/nowhere.key' }),
      /MAI_TLS_CERT is "\/nowhere\.crt"/,
    ],
    ['half a pair', async () => ({ httpsPort: 0, tlsCert: '/nowhere.crt' }), /both or neither/],
    ['no room for a certificate', async () => ({ httpsPort: 0, projectsDir: await withoutRoom() }), /https is off/],
  ] as const) {
    test(what, async () => {
      const { app, listen } = await buildTestApp(await config());
      const plain = await listen();
      assert.match(app.https.problem() ?? '', problem);
      assert.equal(app.https.port(), undefined);
      assert.equal((await fetch(`${plain}/ping`)).status, 200);
      assert.match(await (await fetch(`${plain}/trust`)).text(), /https is off/);
      assert.equal((await fetch(`${plain}/trust/ca.crt`)).status, 404);
    });
  }
});
