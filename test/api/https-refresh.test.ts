import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import Fastify from 'fastify';
import type { App } from '../../src/http/app-type.ts';
import { createHttpsListener } from '../../src/reach/https-listener.ts';
import { ownNames } from '../../src/reach/own-names.ts';
import { testConfig } from '../helpers/test-config.ts';

test('a server that runs on shows a new certificate when an address comes, without a new start', async () => {
  let addresses = [{ address: '127.0.0.1', internal: true }];
  const app = Fastify() as unknown as App;
  app.get('/', async () => 'here');
  const https = createHttpsListener(app, await testConfig({ httpsPort: 0 }), {
    closeGraceMs: 100,
    names: () => ownNames('mai-7', addresses),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  await https.start();
  const ca = https.authority()!.toString();
  const shown = () =>
    new Promise<X509Certificate>((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port: https.port()!, ca, servername: 'localhost' }, () => {
        resolve(socket.getPeerX509Certificate()!);
        socket.destroy();
      });
    });
  assert.equal((await shown()).checkIP('192.168.5.5'), undefined);
  addresses = [...addresses, { address: '192.168.5.5', internal: false }];
  await https.refresh();
  assert.equal((await shown()).checkIP('192.168.5.5'), '192.168.5.5');
  assert.equal(https.authority()!.toString(), ca);
  await app.close();
});
