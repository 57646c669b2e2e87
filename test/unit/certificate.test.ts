import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeAuthority, makeLeaf, permittedNames } from '../../src/reach/certificate.ts';
import { ownNames, PRIVATE_NETWORKS } from '../../src/reach/own-names.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const interfaces = [
  '127.0.0.1',
  '192.168.1.7',
  '10.3.2.1',
  '203.0.113.7',
  'fe80::1%eth0',
  'fd12::7',
  '2001:db8::7',
].map((address) => ({ address, internal: address.startsWith('127.') }));
const own = ownNames('Mai-7', interfaces);
const authority = makeAuthority(own, NOW);
const signer = { certificate: authority.certificate, key: createPrivateKey(authority.key) };
const dir = await tempDir();
const caFile = join(dir, 'ca.pem');
await writeFile(caFile, authority.certificate);

const skip =
  spawnSync('openssl', ['version']).status === 0
    ? false
    : 'the program openssl is not installed; Node still checks every chain';

/** What openssl says; undefined where it is not installed. */
async function openssl(certificate: string): Promise<string | undefined> {
  if (skip !== false) return undefined;
  const path = join(dir, 'leaf.pem');
  await writeFile(path, certificate);
  const { stdout, stderr } = spawnSync(
    'openssl',
    ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', caFile, path],
    { encoding: 'utf8' },
  );
  return stdout + stderr;
}

/** What a client that trusts the authority says of a server with this certificate under this name. */
async function connect(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  servername: string,
): Promise<string> {
  const server = createServer({ cert: certificate, key }, (_request, response) => response.end()).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve) => {
    get({ host: '127.0.0.1', port, servername, ca: authority.certificate, agent: false }, (response) =>
      resolve(String(response.resume().statusCode)),
    ).on('error', (error) => resolve(error.message));
  });
  server.close();
  return answer;
}

describe('the names of this computer', () => {
  test('are in lower case, with .local; public addresses and zones stay out', () => {
    assert.deepEqual(own, {
      names: ['localhost', 'mai-7.local', 'mai-7'],
      addresses: ['127.0.0.1', '::1', '192.168.1.7', '10.3.2.1', 'fe80::1', 'fd12::7'],
    });
  });

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['localhost', []],
    ['', []],
    ['app', ['app.local']],
    ['pc7.school.ac.th', ['pc7.local', 'pc7', 'pc7.school.ac.th']],
    ['คอม', ['xn--42c2d9a.local']],
    ['under_score', []],
    ['two words', []],
    ['*.evil', []],
    ['DESKTOP-4F2K1.', ['desktop-4f2k1.local', 'desktop-4f2k1']],
    [`${'a'.repeat(64)}`, []],
  ];
  for (const [computer, names] of cases) {
    test(`of "${computer.slice(0, 20)}" are names that a certificate can hold, and no top-level domain`, () => {
      assert.deepEqual(ownNames(computer, []).names, ['localhost', ...names]);
    });
  }
});

describe('the authority of an installation', () => {
  test('may sign for private addresses and this computer alone, and no other authority: openssl reads it so', {
    skip,
  }, () => {
    const { stdout } = spawnSync('openssl', ['x509', '-noout', '-text', '-in', caFile], { encoding: 'utf8' });
    assert.match(stdout, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    assert.match(stdout, /Key Usage: critical\s+Certificate Sign\n/);
    assert.match(stdout, /Name Constraints: critical/);
    assert.deepEqual(
      [...stdout.matchAll(/^ +DNS:(\S+)$/gm)].map(([, name]) => name),
      own.names,
    );
    assert.equal([...stdout.matchAll(/^ +IP:\S+$/gm)].length, PRIVATE_NETWORKS.length);
    for (const network of [
      '10.0.0.0/255.0.0.0',
      '172.16.0.0/255.240.0.0',
      '192.168.0.0/255.255.0.0',
      '169.254.0.0/255.255.0.0',
      '127.0.0.0/255.0.0.0',
      'FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0',
      'FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0',
    ]) {
      assert.ok(stdout.includes(`IP:${network}\n`), network);
    }
  });

  test('signs a certificate that openssl and Node accept, for at most 398 days', async () => {
    const leaf = makeLeaf(own, signer, NOW);
    assert.match((await openssl(leaf.certificate)) ?? ': OK\n', /: OK\n$/);
    for (const name of own.names) assert.equal(await connect(leaf, name), '200');
    const { validFrom, validTo, subjectAltName, keyUsage } = new X509Certificate(leaf.certificate);
    assert.ok(Date.parse(validTo) - Date.parse(validFrom) <= 398 * DAY_MS);
    assert.ok(Date.parse(validFrom) < NOW && Date.parse(validTo) > NOW + 390 * DAY_MS);
    assert.equal(subjectAltName?.split(', ').length, own.names.length + own.addresses.length);
    assert.deepEqual(keyUsage, ['1.3.6.1.5.5.7.3.1'], 'serverAuth alone');
  });

  for (const [what, more] of [
    ['a site of the internet', { names: ['www.bank.example'], addresses: [] }],
    ['a name that ends alike', { names: ['evil-mai-7.local'], addresses: [] }],
    ['a public address', { names: [], addresses: ['203.0.113.7'] }],
    ['an address just outside', { names: [], addresses: ['172.32.0.1'] }],
    ['a public IPv6 address', { names: [], addresses: ['2001:db8::7'] }],
  ] as const) {
    test(`is not believed for ${what}`, async () => {
      const leaf = makeLeaf(
        { names: [...own.names, ...more.names], addresses: [...own.addresses, ...more.addresses] },
        signer,
        NOW,
      );
      assert.match((await openssl(leaf.certificate)) ?? 'permitted subtree violation', /permitted subtree violation/);
      assert.match(await connect(leaf, 'localhost'), /permitted subtree violation/);
    });
  }

  test('is not believed for an authority below it', async () => {
    const below = makeAuthority(own, NOW);
    const leaf = makeLeaf(own, { certificate: below.certificate, key: createPrivateKey(below.key) }, NOW);
    assert.doesNotMatch(await connect(leaf, 'localhost'), /200/);
  });

  test('never outlives itself in what it signs', () => {
    const late = NOW + 3_600 * DAY_MS;
    const leaf = new X509Certificate(makeLeaf(own, signer, late).certificate);
    assert.equal(leaf.validTo, new X509Certificate(authority.certificate).validTo);
  });

  test('knows which names of a renamed computer it may sign', () => {
    const renamed = ownNames('new-9', interfaces);
    assert.deepEqual(permittedNames(authority.certificate, renamed), { ...renamed, names: ['localhost'] });
    assert.deepEqual(permittedNames(authority.certificate, own), own);
  });
});
