import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { installationCertificate, readCertificate } from '../../src/reach/certificate-files.ts';
import { ownNames } from '../../src/reach/own-names.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const NOW = Date.now();
const DAY_MS = 86_400_000;
const at = (...addresses: string[]) =>
  ownNames(
    'mai-7',
    addresses.map((address) => ({ address, internal: false })),
  );
const home = at('192.168.1.7');
const authorityOf = ({ authority }: { readonly authority?: string }) => authority;

describe('the certificate of this installation', () => {
  test('is made once: the next start finds the same one', async () => {
    const dir = await tempDir();
    const first = await installationCertificate(dir, home, NOW);
    assert.deepEqual(await installationCertificate(dir, home, NOW + 300 * DAY_MS), first);
    assert.deepEqual(first.notes, []);
  });

  test('lies where others cannot read it, with a mark for programs that make backups', {
    skip: process.platform === 'win32' && 'Windows has no such modes',
  }, async () => {
    const dir = await tempDir();
    await installationCertificate(dir, home, NOW);
    const folder = join(dir, '.tls');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.deepEqual(
      (await readdir(folder)).sort(),
      ['CACHEDIR.TAG', 'authority.pem', 'server.pem'],
      'and no part of a file is left',
    );
    for (const name of ['authority.pem', 'server.pem']) {
      const path = join(folder, name);
      assert.match(await readFile(path, 'utf8'), /PRIVATE KEY/);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await chmod(path, 0o644);
    }
    await installationCertificate(dir, home, NOW);
    for (const name of ['authority.pem', 'server.pem'])
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, 'a copy that lost its mode gets it back');
  });

  const renewals: readonly (readonly [what: string, names: ReturnType<typeof at>, days: number, renewed: boolean])[] = [
    ['a new address', at('192.168.1.7', '10.0.0.9'), 0, true],
    ['another address', at('192.168.1.8'), 0, true],
    ['a new IPv6 address', at('192.168.1.7', 'fd00::9'), 0, true],
    ['an address that is gone', at(), 0, false],
    ['a link-local address, which no browser can be given', at('192.168.1.7', 'fe80::9%eth1'), 0, false],
    ['a public address, which the authority may not sign', at('192.168.1.7', '203.0.113.7'), 0, false],
    ['its last 30 days', home, 367, true],
    ['ten months', home, 300, false],
  ];
  for (const [what, names, days, renewed] of renewals) {
    test(`${what}: ${renewed ? 'renewed, by the same authority' : 'stays, as browsers forget an accepted warning with it'}`, async () => {
      const dir = await tempDir();
      const first = await installationCertificate(dir, home, NOW);
      const then = NOW + days * DAY_MS;
      const second = await installationCertificate(dir, names, then);
      assert.equal(second.certificate !== first.certificate, renewed);
      assert.equal(authorityOf(second), authorityOf(first));
      const x509 = new X509Certificate(second.certificate);
      assert.ok(x509.verify(new X509Certificate(first.authority ?? '').publicKey));
      assert.ok(Date.parse(x509.validTo) > then);
      if (renewed) for (const address of names.addresses) assert.ok(x509.checkIP(address), address);
    });
  }

  test('a renamed computer keeps the authority that devices trust; the new name is left out, with a note', async () => {
    const dir = await tempDir();
    const first = await installationCertificate(dir, home, NOW);
    const renamed = ownNames('new-9', [{ address: '192.168.1.7', internal: false }]);
    const second = await installationCertificate(dir, renamed, NOW);
    assert.equal(authorityOf(second), authorityOf(first));
    assert.match(second.notes.join(), /new-9\.local, new-9.*delete that folder/);
    assert.ok(new X509Certificate(second.certificate).checkIP('192.168.1.7'));
    assert.deepEqual(await installationCertificate(dir, renamed, NOW), second, 'not a new one every minute');
  });

  test('an authority at its end is replaced before it ends', async () => {
    const dir = await tempDir();
    const first = await installationCertificate(dir, home, NOW);
    const second = await installationCertificate(dir, home, NOW + 3_630 * DAY_MS);
    assert.notEqual(authorityOf(second), authorityOf(first));
    assert.ok(new X509Certificate(second.certificate).verify(new X509Certificate(second.authority ?? '').publicKey));
  });

  test('a clock that starts in 1970 costs nothing', async () => {
    const dir = await tempDir();
    const first = await installationCertificate(dir, home, NOW);
    assert.deepEqual(await installationCertificate(dir, home, 1000), first);
  });

  for (const [name, text] of [
    ['authority.pem', ''],
    ['authority.pem', 'no certificate'],
    ['server.pem', ''],
    ['server.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ] as const) {
    test(`${name} that holds "${text.slice(0, 12)}" is made anew`, async () => {
      const dir = await tempDir();
      await installationCertificate(dir, home, NOW);
      await writeFile(join(dir, '.tls', name), text);
      const { certificate, authority = '' } = await installationCertificate(dir, home, NOW);
      assert.ok(new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey));
    });
  }

  test('a certificate of another authority is made anew', async () => {
    const [dir, other] = [await tempDir(), await tempDir()];
    await installationCertificate(dir, home, NOW);
    await installationCertificate(other, home, NOW);
    await writeFile(join(dir, '.tls', 'server.pem'), await readFile(join(other, '.tls', 'server.pem')));
    const { certificate, authority = '' } = await installationCertificate(dir, home, NOW);
    assert.ok(new X509Certificate(certificate).verify(new X509Certificate(authority).publicKey));
  });

  test('an authority that cannot be read for now is not replaced', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, '.tls', 'authority.pem'), { recursive: true });
    await assert.rejects(installationCertificate(dir, home, NOW), /EISDIR/);
  });

  test('where nothing can be written there is none', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, '.tls'), 'a file in its place');
    await assert.rejects(installationCertificate(dir, home, NOW));
  });
});

describe('a certificate that is given to the server', () => {
  test('is taken when both files belong together; else one sentence says what is wrong', async () => {
    const [dir, other] = [await tempDir(), await tempDir()];
    const [own, foreign] = [
      await installationCertificate(dir, home, NOW),
      await installationCertificate(other, home, NOW),
    ];
    const file = async (name: string, text: string) => {
      await writeFile(join(dir, name), text);
      return join(dir, name);
    };
    const [certificate, key, otherKey, nothing] = [
      await file('a.crt', own.certificate),
      await file('a.key', own.key),
      await file('b.key', foreign.key),
      await file('nothing', 'x'),
    ];
    assert.deepEqual(await readCertificate(certificate, key, NOW), {
      certificate: own.certificate,
      key: own.key,
      notes: [],
    });
    const wrong: readonly (readonly [string | undefined, string | undefined, RegExp, number?])[] = [
      [certificate, undefined, /belong together: set both or neither/],
      [undefined, key, /belong together/],
      [join(dir, 'missing.crt'), key, /MAI_TLS_CERT is ".*missing\.crt": the file cannot be read \(ENOENT\)/],
      [certificate, dir, /MAI_TLS_KEY is ".*": the file cannot be read \(EISDIR\)/],
      [nothing, key, /holds no certificate/],
      [certificate, nothing, /holds no private key/],
      [certificate, otherKey, /does not belong to the certificate/],
      [certificate, key, /has expired: it was valid until/, NOW + 500 * DAY_MS],
      [certificate, key, /not valid yet/, NOW - 500 * DAY_MS],
    ];
    for (const [first, second, sentence, now = NOW] of wrong)
      await assert.rejects(readCertificate(first, second, now), sentence);
  });
});
