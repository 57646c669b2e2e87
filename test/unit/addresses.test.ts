import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesBehind, addressesOf, type Listening } from '../../src/reach/addresses.ts';

const AUTHORITY = {} as NonNullable<ReturnType<Listening['https']['authority']>>;
const listening = (host: string, port?: number, names?: readonly string[]): Listening => ({
  host,
  port: 5000,
  https: {
    port: () => port,
    authority: () => (port === undefined ? undefined : AUTHORITY),
    givenNames: () => names,
  },
});
const LAN = ['192.168.1.5', 'fd00::5'];

test('a server on a network is reached at its own computer and at the addresses of the room', () => {
  assert.deepEqual(addressesOf(listening('0.0.0.0', 5443), '/w/key', LAN), {
    own: 'http://127.0.0.1:5000/w/key',
    http: ['http://192.168.1.5:5000/w/key', 'http://[fd00::5]:5000/w/key'],
    https: ['https://192.168.1.5:5443/w/key', 'https://[fd00::5]:5443/w/key'],
    trust: 'http://192.168.1.5:5000/trust',
  });
});

test('a server on loopback has no address for others, and without https none with it', () => {
  const own = 'http://127.0.0.1:5000';
  assert.deepEqual(addressesOf(listening('127.0.0.1'), '', LAN), { own, http: [], https: [] });
  assert.deepEqual(addressesOf(listening('127.0.0.1', 5443), '', LAN).https, ['https://127.0.0.1:5443']);
});

test('a certificate of the school is shown by the names that it is valid for', () => {
  const { https } = addressesOf(listening('0.0.0.0', 443, ['mai.school.example']), '', LAN);
  assert.deepEqual(https, ['https://mai.school.example:443']);
});

test('behind a proxy others reach it as the client did; at the own computer of the proxy nobody else does', () => {
  const own = 'http://127.0.0.1:5000/w/key';
  const behind = (protocol: 'http' | 'https', host: string) =>
    addressesBehind({ protocol, host, hostname: host.split(':')[0] ?? '' }, listening('127.0.0.1'), '/w/key');
  assert.deepEqual(behind('https', 'mai.school.example'), {
    own,
    http: [],
    https: ['https://mai.school.example/w/key'],
  });
  assert.deepEqual(behind('http', '192.168.1.5:80'), { own, http: ['http://192.168.1.5:80/w/key'], https: [] });
  assert.deepEqual(behind('http', 'localhost:5000'), { own: 'http://localhost:5000/w/key', http: [], https: [] });
});
