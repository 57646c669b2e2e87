import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { get } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { Config } from '../../src/config.ts';
import type { App } from '../../src/http/app-type.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { httpsRequest } from '../helpers/https-client.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const pemOf = (app: App) => app.https.authority()?.toString() ?? '';

describe('with https beside http', () => {
  let app: App;
  let config: Config;
  let [plain, secure, ca] = ['', '', ''];
  setUp(async () => {
    const test = await buildTestApp({ httpsPort: 0 });
    ({ app, config } = test);
    plain = await test.listen();
    secure = `https://127.0.0.1:${app.https.port()}`;
    ca = pemOf(app);
  });

  test('the same routes answer, under every name of the certificate', async () => {
    for (const base of [secure, `https://localhost:${app.https.port()}`]) {
      const { status, text } = await httpsRequest(`${base}/ping`, { ca });
      assert.deepEqual([status, JSON.parse(text).result], [200, 'pong']);
    }
    assert.equal((await httpsRequest(`${secure}//ping`, { ca })).status, 200);
    assert.equal((await httpsRequest(`${secure}/nothing`, { ca })).status, 404);
    await assert.rejects(
      httpsRequest(`${secure}/ping`, { ca: 'nobody' }),
      /certificate/i,
      'who does not trust the authority is warned',
    );
  });

  test('an upload passes, also one that asks first whether it may', async () => {
    const { payload, headers } = uploadForm('tls', await makeProjectZip({ id: 'tls' }));
    for (const more of [{}, { expect: '100-continue' }]) {
      const { status, text } = await httpsRequest(`${secure}/upload`, {
        ca,
        method: 'POST',
        headers: { ...headers, ...more, 'content-length': String(payload.length) },
        body: payload,
      });
      assert.deepEqual([status, JSON.parse(text)], [200, { result: 'success' }]);
    }
    assert.equal((await fetch(`${plain}/projects/tls`)).status, 200, 'http shows it too');
  });

  test('what is no HTTP is answered, and what is no TLS does no harm', async () => {
    const broken = connectTls({ host: '127.0.0.1', port: app.https.port()!, ca, servername: 'localhost' });
    broken.on('error', () => undefined);
    let answer = '';
    broken.on('data', (part) => {
      answer += String(part);
    });
    broken.write('NONSENSE\r\n\r\n');
    await until(() => broken.closed, 60_000, 'the end of the connection');
    assert.match(answer, /^HTTP\/1\.1 400 .*it is not HTTP/s);
    const noTls = connect(app.https.port()!, '127.0.0.1');
    noTls.on('error', () => undefined);
    noTls.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    noTls.resume();
    await until(() => noTls.closed, 60_000, 'the end of the connection');
    assert.equal((await httpsRequest(`${secure}/ping`, { ca })).status, 200);
  });

  test('GET / says in five lines that the server is here, with the address that was asked', async () => {
    for (const [base, text] of [
      [plain, await (await fetch(`${plain}/`)).text()],
      [secure, (await httpsRequest(`${secure}/`, { ca })).text],
    ] as const) {
      assert.equal(text.trimEnd().split('\n').length, 5);
      assert.ok(text.includes(`IDE: ${base}\n`) && text.includes(`${base}/trust`) && text.includes(`${base}/docs`));
    }
  });

  test('/trust explains in both languages, and needs nothing from elsewhere', async () => {
    const response = await fetch(`${plain}/trust`);
    const page = await response.text();
    assert.match(response.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
    for (const text of [
      'Windows',
      'Android',
      'iPhone',
      'Chromebook',
      'Certificate Trust Settings',
      'lang="th"',
      'lang="en"',
      `href="https:&#47;&#47;`.replaceAll('&#47;', '/'),
      app.https.authority()!.fingerprint256,
    ])
      assert.ok(page.includes(text), text);
    assert.ok(page.indexOf('accept the warning') < page.indexOf('trust the certificate'), 'the quick way first');
    assert.doesNotMatch(page, /(?:src|href)="(?!https:\/\/127\.0\.0\.1:\d+\/trust"|\/trust\/ca\.crt"|#)/);
    assert.doesNotMatch(page, /Done!<|class="done"/);
    assert.match((await httpsRequest(`${secure}/trust`, { ca })).text, /class="done"/);
  });

  test('/trust/ca.crt is the authority without its key', async () => {
    const download = await fetch(`${plain}/trust/ca.crt`);
    assert.equal(download.headers.get('content-type'), 'application/x-x509-ca-cert');
    const bytes = Buffer.from(await download.arrayBuffer());
    assert.equal(new X509Certificate(bytes).toString(), ca);
    assert.ok(!bytes.includes('PRIVATE'));
  });

  test('no route serves the folder of the keys', async () => {
    assert.ok(existsSync(join(config.projectsDir, '.tls', 'authority.pem')));
    for (const id of ['.tls', '%2etls', '.tls%2fauthority.pem', '..%2f.tls', '@%2f..%2f.tls', '.tls%00']) {
      for (const path of [
        `/projects/${id}`,
        `/projects/${id}/output/authority.pem`,
        `/projects/${id}/authority.pem`,
        `/download_model?project_id=${id}`,
      ]) {
        const response = await fetch(plain + path);
        assert.ok(response.status >= 400, `${path}: ${response.status}`);
        assert.doesNotMatch(await response.text(), /PRIVATE|BEGIN/);
      }
      await fetch(`${plain}/projects/${id}`, { method: 'DELETE' });
    }
    const listed = await (await fetch(`${plain}/projects`)).text();
    assert.doesNotMatch(listed, /\.tls/);
    assert.ok(existsSync(join(config.projectsDir, '.tls', 'authority.pem')), 'and none deletes it');
  });
});

describe('with keys', () => {
  let app: App;
  let [plain, secure] = ['', ''];
  setUp(async () => {
    const test = await buildTestApp({ httpsPort: 0, keys: [{ workspace: '', key: 'very-secret' }] });
    app = test.app;
    plain = await test.listen();
    secure = `https://127.0.0.1:${app.https.port()}`;
  });

  test('/trust and its certificate, and they alone, answer without one', async () => {
    for (const path of ['/trust', '/trust?x=1', '/trust/ca.crt'])
      assert.equal((await fetch(plain + path)).status, 200, path);
    for (const path of [
      '/',
      '/ping',
      '/trust/',
      '/trust/x',
      '/trust/ca.crt/x',
      '/trustee',
      '/trust/../ping',
      '/trust%2f..%2fping',
      '//trust',
      '/docs',
    ])
      assert.equal((await fetch(plain + path)).status, 404, path);
    for (const method of ['POST', 'DELETE'])
      assert.equal((await fetch(`${plain}/trust`, { method })).status, 405, method);
    const page = await (await fetch(`${plain}/trust`)).text();
    assert.ok(page.includes('/w/&#60;key&#62;') && !page.includes('very-secret'));
  });

  test('the key opens https and GET / too', async () => {
    const ca = pemOf(app);
    assert.equal((await httpsRequest(`${secure}/ping`, { ca })).status, 404);
    assert.equal((await httpsRequest(`${secure}/w/very-secret/ping`, { ca })).status, 200);
    assert.match(
      (await httpsRequest(`${secure}/w/very-secret/`, { ca })).text,
      new RegExp(`${secure}/w/very-secret\n`),
    );
  });
});

test('a certificate that is given to the server is shown, and no authority offered', async () => {
  const { app: maker, config, listen: listenFirst } = await buildTestApp({ httpsPort: 0 });
  await listenFirst();
  const both = join(config.projectsDir, '.tls', 'server.pem');
  const { app, listen, config: own } = await buildTestApp({ httpsPort: 0, tlsCert: both, tlsKey: both });
  const plain = await listen();
  assert.equal((await httpsRequest(`https://127.0.0.1:${app.https.port()}/ping`, { ca: pemOf(maker) })).status, 200);
  assert.ok(!existsSync(join(own.projectsDir, '.tls')));
  assert.ok(app.https.givenNames()?.includes('localhost'));
  assert.equal((await fetch(`${plain}/trust/ca.crt`)).status, 404);
  assert.match(await (await fetch(`${plain}/trust`)).text(), /certificate of your school/);
});

test('closing ends streams and connections that never began a handshake', async () => {
  const { app, listen } = await buildTestApp({ httpsPort: 0 });
  await listen();
  const port = app.https.port()!;
  const silent = connect(port, '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const stream = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get(`https://127.0.0.1:${port}/listen`, { ca: pemOf(app), agent: false }, resolve).on('error', reject);
  });
  assert.match(stream.headers['content-type'] ?? '', /^text\/event-stream/);
  stream.resume();
  stream.on('error', () => undefined);
  const closed = app.close();
  // a stop has so long before the process ends the hard way
  await until(() => silent.closed && stream.closed, 9_500, 'the end of both connections');
  await closed;
  await assert.rejects(httpsRequest(`https://127.0.0.1:${port}/ping`, { ca: '' }), /ECONNREFUSED/);
});
