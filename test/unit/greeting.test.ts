import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { greeting } from '../../src/greeting.ts';
import { makeAuthority } from '../../src/reach/certificate.ts';
import { testConfig } from '../helpers/test-config.ts';

const authority = new X509Certificate(makeAuthority({ names: ['localhost'] }, Date.now()).certificate);
const off = {
  port: () => undefined,
  problem: () => undefined,
  authority: () => undefined,
  givenNames: () => undefined,
};
const on = { ...off, port: () => 5443, authority: () => authority };
const keys = [{ workspace: '', key: 'secret' }];

test('this computer alone: one address', async () => {
  assert.deepEqual(greeting(await testConfig(), 5000, off), [
    'Type this address into the IDE: http://127.0.0.1:5000',
    'Open it in a browser to see the class: http://127.0.0.1:5000',
    'If your school hosts the IDE itself, list its address in MAI_ORIGINS.',
  ]);
});

test('https on this computer alone says nothing of others', async () => {
  const text = greeting(await testConfig(), 5000, on).join('\n');
  assert.match(text, /with https: https:\/\/127\.0\.0\.1:5443$/m);
  assert.doesNotMatch(text, /other computers/);
});

test('open to the network: both addresses, which one the hosted IDE needs, where it is explained', async () => {
  const text = greeting(await testConfig({ host: '0.0.0.0' }), 5000, on, ['192.168.1.7', '10.0.0.9']).join('\n');
  assert.match(text, /^Type this address into the IDE: http:\/\/127\.0\.0\.1:5000$/m);
  for (const address of ['192.168.1.7', '10.0.0.9']) {
    assert.match(text, new RegExp(`hosted IDE .*https://${address}:5443$`, 'm'));
    assert.match(text, new RegExp(`page with http: +http://${address}:5000$`, 'm'));
  }
  assert.match(text, /http:\/\/\S+:5000\/trust /);
  assert.ok(text.includes(authority.fingerprint256));
  assert.match(text, /Warning: every computer/);
});

test('listening on one address of the network', async () => {
  const text = greeting(await testConfig({ host: '192.168.1.7' }), 5000, on).join('\n');
  assert.match(text, /hosted IDE .*https:\/\/192\.168\.1\.7:5443$/m);
  assert.match(text, /http:\/\/192\.168\.1\.7:5000\/trust /);
  assert.match(greeting(await testConfig({ host: 'fd00::7' }), 5000, on).join('\n'), /https:\/\/\[fd00::7\]:5443$/m);
});

test('a certificate that was given names its own addresses; nothing has to be trusted', async () => {
  const text = greeting(await testConfig({ host: '0.0.0.0', keys }), 5000, {
    ...on,
    authority: () => undefined,
    givenNames: () => ['mai.school.example'],
  }).join('\n');
  assert.match(text, /hosted IDE .*https:\/\/mai\.school\.example:5443\/w\/<key>$/m);
  assert.doesNotMatch(text, /trust|secret/);
});

test('what keeps https off is a warning', async () => {
  const text = greeting(await testConfig({ host: '0.0.0.0', keys }), 5000, {
    ...off,
    problem: () => 'https is off: port 5443 is taken.',
  }).join('\n');
  assert.match(text, /^Warning: https is off: port 5443 is taken\. http works\.$/m);
  assert.doesNotMatch(text, /https:\/\//);
});

test('an address that the certificate cannot name is marked', async () => {
  const text = greeting(await testConfig({ host: '203.0.113.7' }), 5000, on).join('\n');
  assert.match(text, /https:\/\/203\.0\.113\.7:5443 +\(no private address/);
});

test('a key that the start made is in every address, with the file that keeps it', async () => {
  const ownKey = { key: 'river-candle-tiger', path: '/projects/.key', isKept: true };
  const lines = greeting(
    await testConfig({ host: '0.0.0.0', keys: [{ workspace: '', key: ownKey.key }] }),
    5000,
    on,
    ['192.168.1.7'],
    ownKey,
  );
  for (const line of lines.filter((text) => /:\d{4}\b/.test(text) && !text.includes('/trust')))
    assert.match(line, /:\d{4}\/w\/river-candle-tiger$/);
  assert.match(lines.join('\n'), /kept in \/projects\/\.key\. MAI_KEY sets another; MAI_KEY=open/);
  assert.doesNotMatch(lines.join('\n'), /Warning|MAI_ORIGINS/);
  const notKept = greeting(
    await testConfig({ host: '0.0.0.0', keys: [{ workspace: '', key: ownKey.key }] }),
    5000,
    on,
    ['192.168.1.7'],
    { ...ownKey, isKept: false },
  ).join('\n');
  assert.match(notKept, /Warning: the disk is full.*next start makes another.*MAI_KEY/);
  assert.doesNotMatch(notKept, /, kept in/);
});

test('with a key for the teacher, each address says for whom it is', async () => {
  const roles = [
    { workspace: '7a', key: 'secret-of-teacher', role: 'teacher' },
    { workspace: '7a', key: 'secret-of-pupils', role: 'pupil' },
  ] as const;
  const lines = greeting(await testConfig({ host: '0.0.0.0', keys: roles }), 5000, on, ['192.168.1.7']);
  const text = lines.join('\n');
  assert.match(text, /into the IDE: \S+:5000\/w\/<the pupils' key>$/m);
  assert.match(text, /to see the class: \S+:5000\/w\/<the teacher's key>$/m);
  assert.match(text, /for pupils, who see their own projects there: \S+\/w\/<the pupils' key>$/m);
  const elsewhere = lines.filter((line) => line.includes('from other computers'));
  assert.ok(elsewhere.length > 0 && elsewhere.every((line) => line.includes("/w/<the pupils' key>")));
  assert.doesNotMatch(text, /secret/);
});

test('open behind a proxy of this computer: a warning', async () => {
  assert.match(
    greeting(await testConfig({ trustProxy: ['127.0.0.1'] }), 5000, off).join('\n'),
    /Warning: every computer/,
  );
});
