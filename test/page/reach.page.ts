import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { makeAuthority, makeLeaf, type KeyedCertificate } from '../../src/reach/certificate.ts';
import { TLS_FOLDER } from '../../src/reach/certificate-files.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';

// docs/addresses.md, tried: the browser believes that servers on this computer are elsewhere.

const IDE = 'kidbright-mai.web.app';
const SCHOOL_PAGE = '192.168.77.9';
const PUBLIC_PAGE = 'ide.example';
const LAN = '192.168.77.7';
const PUBLIC = '203.0.113.7';
const EVERY_SERVER = [
  'http this computer',
  'https this computer',
  'http LAN',
  'https LAN',
  'http public',
  'https public',
] as const;
type Server = (typeof EVERY_SERVER)[number];
const skip = skipWithoutBrowser;

/** A certificate as the IDE's host has one; the browser is set to accept its key. */
function certificateOf(name: string, authority = makeAuthority({ names: [name] }, Date.now())): KeyedCertificate {
  return makeLeaf(
    { names: [name], addresses: [] },
    { certificate: authority.certificate, key: createPrivateKey(authority.key) },
    Date.now(),
  );
}

function keyHash({ certificate }: KeyedCertificate): string {
  return createHash('sha256')
    .update(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** An empty page; what the IDE does is done in it. */
async function startPage(certificate?: KeyedCertificate): Promise<number> {
  const answer = (_request: unknown, response: import('node:http').ServerResponse) =>
    response.setHeader('content-type', 'text/html').end('<title>IDE</title>');
  const server =
    certificate === undefined
      ? createServer(answer)
      : createSecureServer({ cert: certificate.certificate, key: certificate.key }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  whenOver(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function startServer() {
  const { app, config, listen } = await buildTestApp({
    host: '0.0.0.0',
    httpsPort: 0,
    origins: [`http://${PUBLIC_PAGE}`],
  });
  await listen();
  return {
    http: (app.server.address() as AddressInfo).port,
    https: app.https.port() ?? 0,
    authority: app.https.authority()!.toString(),
    config,
  };
}

/** Press past the warning, as /trust says. */
async function acceptWarning(context: BrowserContext, base: string): Promise<void> {
  const tab = await context.newPage();
  await tab.goto(`${base}/trust`).catch(() => undefined);
  await tab.locator('#details-button').click();
  await tab.locator('#proceed-link').click();
  await tab.locator('.done').first().waitFor();
  await tab.close();
}

/** What the IDE does when somebody presses Connect. */
function connects(page: Page, base: string): Promise<boolean> {
  return page.evaluate(async (server) => {
    const pong = await fetch(`${server}/ping`).then(
      (answer) => answer.ok,
      () => false,
    );
    const stream = new EventSource(`${server}/listen`);
    const opened = await new Promise<boolean>((resolve) => {
      stream.onopen = () => resolve(true);
      stream.onerror = () => resolve(false);
    });
    stream.close();
    if (pong !== opened) throw new Error(`ping ${pong}, stream ${opened}`);
    return pong;
  }, base);
}

/** The servers by the address that a page asks for, and a browser that finds them and the pages there. */
async function startPlaces() {
  const ideCertificate = certificateOf(IDE);
  const [own, lan, far] = [await startServer(), await startServer(), await startServer()];
  const [ide, schoolPage, publicPage] = [await startPage(ideCertificate), await startPage(), await startPage()];
  const maps = [
    `MAP ${IDE}:443 127.0.0.1:${ide}`,
    `MAP ${SCHOOL_PAGE}:80 127.0.0.1:${schoolPage}`,
    `MAP ${PUBLIC_PAGE}:80 127.0.0.1:${publicPage}`,
    `MAP ${LAN} 127.0.0.1`,
    `MAP ${PUBLIC} 127.0.0.1`,
  ];
  const spaces = [
    [ide, 'public'],
    [publicPage, 'public'],
    [schoolPage, 'local'],
    [lan.http, 'local'],
    [lan.https, 'local'],
    [far.http, 'public'],
    [far.https, 'public'],
  ];
  const browser = await startBrowser([
    `--host-resolver-rules=${maps.join(',')}`,
    `--ip-address-space-overrides=${spaces.map(([port, space]) => `127.0.0.1:${port}=${space}`).join(',')}`,
    `--ignore-certificate-errors-spki-list=${keyHash(ideCertificate)}`,
  ]);
  const servers: Readonly<Record<Server, string>> = {
    'http this computer': `http://127.0.0.1:${own.http}`,
    'https this computer': `https://127.0.0.1:${own.https}`,
    'http LAN': `http://${LAN}:${lan.http}`,
    'https LAN': `https://${LAN}:${lan.https}`,
    'http public': `http://${PUBLIC}:${far.http}`,
    'https public': `https://${PUBLIC}:${far.https}`,
  };
  return { browser, servers };
}

describe('which address works from where', { skip }, () => {
  let browser: Browser;
  let servers: Readonly<Record<Server, string>>;
  setUp(async () => {
    ({ browser, servers } = await startPlaces());
  });

  const rows: readonly (readonly [
    page: string,
    origin: string,
    isAllowed: boolean,
    hasAccepted: boolean,
    working: readonly Server[],
  ])[] = [
    [
      'the hosted IDE, permission given, warning accepted',
      `https://${IDE}`,
      true,
      true,
      ['http this computer', 'https this computer', 'http LAN', 'https LAN', 'https public'],
    ],
    [
      'the hosted IDE, permission given, warning not accepted',
      `https://${IDE}`,
      true,
      false,
      ['http this computer', 'http LAN'],
    ],
    ['the hosted IDE, permission not given, warning accepted', `https://${IDE}`, false, true, ['https public']],
    ['an http page of the school network', `http://${SCHOOL_PAGE}`, false, true, EVERY_SERVER],
    ['an http page of the internet', `http://${PUBLIC_PAGE}`, false, true, ['http public', 'https public']],
  ];
  for (const [page, origin, isAllowed, hasAccepted, working] of rows) {
    test(page, async () => {
      const context = await browser.newContext();
      if (isAllowed) await context.grantPermissions(['local-network-access'], { origin });
      if (hasAccepted)
        for (const server of EVERY_SERVER)
          if (server.startsWith('https')) await acceptWarning(context, servers[server]);
      const tab = await context.newPage();
      await tab.goto(`${origin}/`);
      const found: Server[] = [];
      for (const server of EVERY_SERVER) if (await connects(tab, servers[server])) found.push(server);
      assert.deepEqual(found, working, browser.version());
      await context.close();
    });
  }
});

const noCertutil =
  spawnSync('certutil', ['-H']).error === undefined
    ? false
    : 'the program certutil is not installed (Debian: libnss3-tools)';

test('a browser that trusts the authority shows no warning, and believes it for nothing else', {
  skip: skip || noCertutil,
}, async () => {
  const server = await startServer();
  const home = await tempDir();
  const store = join(home, '.pki', 'nssdb');
  await mkdir(store, { recursive: true });
  const file = join(home, 'ca.crt');
  await writeFile(file, server.authority);
  for (const command of [
    ['-N', '--empty-password'],
    ['-A', '-t', 'C,,', '-n', 'mai', '-i', file],
  ]) {
    assert.equal(spawnSync('certutil', ['-d', `sql:${store}`, ...command]).status, 0);
  }
  // what somebody could do who stole the key of the authority
  const key =
    /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(
      await readFile(join(server.config.projectsDir, TLS_FOLDER, 'authority.pem'), 'utf8'),
    )?.[0] ?? '';
  const stolen = await startPage(certificateOf('bank.example', { certificate: server.authority, key }));
  const browser = await startBrowser([`--host-resolver-rules=MAP bank.example:443 127.0.0.1:${stolen}`], {
    HOME: home,
  });
  const page = await browser.newPage();
  for (const host of ['127.0.0.1', 'localhost']) {
    await page.goto(`https://${host}:${server.https}/trust`);
    assert.equal(await page.locator('.done').count(), 2, host);
  }
  await assert.rejects(page.goto('https://bank.example/'), /ERR_CERT_INVALID/);
});
