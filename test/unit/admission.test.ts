import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAdmittedOrigin, refusalOf, type Asking } from '../../src/http/admission.ts';
import { rulesOf } from '../../src/http/gate.ts';

const config = {
  host: '127.0.0.1',
  port: 5000,
  httpsPort: 5443,
  hosts: ['mai.school.th'],
  origins: ['https://ide.school.th'],
};
const rules = rulesOf(config, 'Teacher-PC.school.lan');
const onNetwork = rulesOf({ ...config, host: '0.0.0.0' }, 'teacher-pc');
const nothing: Asking = {
  host: '127.0.0.1:5000',
  forwardedHost: undefined,
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  fetchDest: undefined,
  changesState: true,
};
const settingOf = (asking: Partial<Asking>, used = rules) => refusalOf(used, { ...nothing, ...asking })?.setting;

test('addresses and the names of this computer are asked for', () => {
  for (const host of [
    undefined,
    '',
    '127.0.0.1',
    '127.0.0.1:5000',
    '192.168.1.5:80',
    '[::1]:5000',
    '[2001:db8::1]',
    'localhost',
    'LOCALHOST:5000',
    'localhost.:5000',
    'teacher-pc',
    'teacher-pc.local:5000',
    'Teacher-PC.school.lan',
    'mai.school.th',
  ]) {
    assert.equal(settingOf({ host }), undefined, host);
  }
});

test('any other name may have been made to lead here', () => {
  for (const host of [
    'evil.example',
    'evil.example:5000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil@127.0.0.1',
    '127.0.0.1@evil.example',
    '[::1',
    '::1]',
    '[::1]evil',
    '127.0.0.1:x',
    'teacher-pc.school',
    'x.mai.school.th',
    '2130706433',
    '0x7f.1',
  ]) {
    assert.equal(settingOf({ host }), 'MAI_HOSTS', host);
    assert.equal(
      settingOf({ host, changesState: false, fetchSite: 'none', fetchMode: 'navigate', fetchDest: 'document' }),
      'MAI_HOSTS',
      host,
    );
    assert.equal(settingOf({ host, origin: `http://${host}` }), 'MAI_HOSTS', host);
  }
});

test('a proxy cannot hide the name that was asked for, and the settings name more', () => {
  assert.deepEqual(
    [
      { host: 'evil.example', forwardedHost: 'localhost' },
      { host: 'localhost', forwardedHost: 'evil.example' },
      { host: 'localhost', forwardedHost: 'mai.school.th' },
    ].map((asking) => settingOf(asking)),
    ['MAI_HOSTS', 'MAI_HOSTS', undefined],
  );
  assert.equal(
    settingOf({ host: 'srv1:5000' }, rulesOf({ ...config, host: 'SRV1' }, 'x')),
    undefined,
    'the name of MAI_HOST',
  );
  const thai = rulesOf({ ...config, hosts: [] }, 'เครื่องครู');
  for (const name of ['เครื่องครู', 'เครื่องครู.local'])
    assert.equal(settingOf({ host: `${new URL(`http://${name}`).hostname}:5000` }, thai), undefined, name);
});

const ADMITTED = [
  'https://kidbright-mai.web.app',
  'https://kidbright-mai.firebaseapp.com',
  'https://ide.school.th',
  'http://localhost',
  'https://localhost:8080',
  'http://127.0.0.1:3000',
  'http://127.9.9.9',
  'http://[::1]:8080',
  'http://127.0.0.1:5000',
  'http://LOCALHOST:1',
];
const REFUSED = [
  'null',
  '',
  'https://evil.example',
  'http://kidbright-mai.web.app',
  'https://kidbright-mai.web.app:444',
  'https://kidbright-mai.web.app.evil.example',
  'https://evil-kidbright-mai.web.app',
  'https://x.kidbright-mai.web.app',
  'https://localhost.evil.example',
  'http://127.0.0.1.evil.example',
  'http://127.0.0.1@evil.example',
  'http://evil.example/127.0.0.1',
  'http://evil.example#localhost',
  'file://',
  'chrome-extension://abc',
  'localhost',
  'http://ide.school.th',
  'https://ide.school.th:8443',
  'http://localhost http://evil.example',
  'http://8.8.8.8',
  '*',
  'data:text/html,x',
];

test('of web pages those of the published IDE, of this computer and of MAI_ORIGINS are admitted', () => {
  for (const origin of ADMITTED) assert.equal(settingOf({ origin, fetchSite: 'cross-site' }), undefined, origin);
  for (const origin of REFUSED) {
    assert.equal(settingOf({ origin }), 'MAI_ORIGINS', origin);
    assert.equal(
      settingOf({ origin, changesState: false, fetchMode: 'navigate', fetchDest: 'document' }),
      'MAI_ORIGINS',
      origin,
    );
    assert.ok(!isAdmittedOrigin(rules, { host: '127.0.0.1', origin }), origin);
  }
  assert.equal(settingOf({ origin: 'null' }, rulesOf({ ...config, origins: ['null'] }, 'x')), undefined);
});

test('pages of private addresses are admitted where the server itself is on a network', () => {
  for (const origin of [
    'http://192.168.1.7:8080',
    'http://10.0.0.7',
    'https://172.16.0.1',
    'http://169.254.7.7',
    'http://[fd00::7]',
    'http://[fe80::7]:80',
  ]) {
    assert.equal(settingOf({ origin }, onNetwork), undefined, origin);
    assert.equal(settingOf({ origin }), 'MAI_ORIGINS', origin);
    assert.equal(settingOf({ origin }, rulesOf({ ...config, host: '::1' }, 'x')), 'MAI_ORIGINS', origin);
  }
  for (const origin of ['http://8.8.8.8', 'http://172.32.0.1', 'http://[2001:db8::7]', 'null'])
    assert.equal(settingOf({ origin }, onNetwork), 'MAI_ORIGINS', origin);
});

test("pages of the server's own origin are admitted, and of nobody's who only took its name", () => {
  for (const [host, origin] of [
    ['8.8.8.8:5000', 'http://8.8.8.8:5000'],
    ['mai.school.th', 'https://mai.school.th'],
    ['mai.school.th', 'http://mai.school.th'],
    ['MAI.school.th:80', 'http://mai.school.th'],
    ['[2001:db8::1]:5000', 'http://[2001:db8::1]:5000'],
    ['teacher-pc.local:49152', 'http://teacher-pc.local:5000'],
    ['8.8.8.8:5000', 'https://8.8.8.8:5443'],
  ] as const) {
    assert.equal(settingOf({ host, origin }), undefined, origin);
  }
  for (const [host, origin] of [
    ['8.8.8.8:5000', 'http://8.8.8.8:8080'],
    ['mai.school.th', 'https://mai.school.th:8443'],
    ['mai.school.th', 'https://x.mai.school.th'],
    ['8.8.8.8', 'http://8.8.4.4'],
  ] as const) {
    assert.equal(settingOf({ host, origin }), 'MAI_ORIGINS', origin);
  }
});

test('without an origin: images, forms and frames of other sites are refused, links to what only reads are not', () => {
  for (const fetchSite of [
    'cross-site',
    'same-site',
    'none, none',
    'same-origin, cross-site',
    'Same-Origin',
    'new-site',
    '',
  ]) {
    for (const changesState of [true, false]) {
      for (const [fetchMode, fetchDest] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['no-cors', 'empty'],
        ['cors', 'empty'],
        ['navigate', 'iframe'],
        ['navigate', 'object'],
        ['nested-navigate', 'iframe'],
        [undefined, undefined],
      ] as const) {
        assert.equal(
          settingOf({ fetchSite, fetchMode, fetchDest, changesState }),
          'MAI_ORIGINS',
          `${fetchMode} ${fetchDest}`,
        );
      }
    }
    assert.equal(
      settingOf({ fetchSite, fetchMode: 'navigate', fetchDest: 'document', changesState: false }),
      undefined,
    );
    assert.equal(
      settingOf({ fetchSite, fetchMode: 'navigate', fetchDest: 'document', changesState: true }),
      'MAI_ORIGINS',
    );
  }
  for (const fetchSite of [undefined, 'none', 'same-origin'])
    assert.equal(settingOf({ fetchSite, fetchMode: 'no-cors', fetchDest: 'image' }), undefined);
});
