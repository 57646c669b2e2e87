import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNetworks, isLoopback, isPrivate, limitGroup, parseAddress } from '../../src/address.ts';

test('one host has one address, however a proxy writes it', () => {
  for (const [text, address] of [
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:50001', '203.0.113.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[::ffff:10.0.0.7]:80', '10.0.0.7'],
    ['::ffff:10.0.0.7:80', '10.0.0.7'],
    ['::1', '127.0.0.1'],
    ['[::1]:123', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['2001:DB8:0:0:0::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
  ] as const)
    assert.equal(parseAddress(text), address, text);
});

test('what is no address is none', () => {
  for (const text of [
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4:',
    '1.2.3.4:x',
    '[1.2.3.4',
    '[::1]x',
    '::1]:5',
    'localhost',
    '2130706433',
    '1.2.3.4, 5.6.7.8',
    '<script>',
    ':::',
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test('a limit counts a /64 of IPv6 as one, every other address by itself', () => {
  assert.equal(limitGroup('2001:db8:1:2::7'), limitGroup('2001:db8:1:2:ffff:1:2:3'));
  assert.equal(limitGroup('2001:db8::7'), limitGroup('2001:db8::1:2:3:4'));
  assert.notEqual(limitGroup('2001:db8:1:2::7'), limitGroup('2001:db8:1:3::7'));
  assert.notEqual(limitGroup('2001:db8:1::7'), limitGroup('2001:db8:1:1::7'));
  assert.notEqual(limitGroup('10.0.0.1'), limitGroup('10.0.0.2'));
});

test('a network holds its own addresses, also as IPv6 writes those of IPv4', () => {
  const isProxy = createNetworks(['127.0.0.1', '10.1.2.0/24', 'fd00::/8', '::1/128']);
  for (const inside of ['127.0.0.1', '10.1.2.200', 'fd12::1']) assert.ok(isProxy(inside), inside);
  for (const outside of ['127.0.0.2', '10.1.3.1', 'fe80::1', '', 'unknown']) assert.ok(!isProxy(outside), outside);
  assert.ok(createNetworks(['::1/128'])('127.0.0.1'));
  assert.ok(createNetworks(['::ffff:10.0.0.7'])('10.0.0.7'));
});

test('loopback is this computer alone', () => {
  assert.deepEqual(['127.9.9.9', '127.0.0.1', '128.0.0.1', '10.0.0.1'].map(isLoopback), [true, true, false, false]);
});

test('private addresses are those that no computer of the internet has', () => {
  for (const address of ['10.0.0.1', '172.31.0.1', '192.168.1.1', '169.254.1.1', 'fe80::1', 'fd00::1'])
    assert.ok(isPrivate(address), address);
  for (const address of ['172.32.0.1', '192.169.1.1', '8.8.8.8', '2001:db8::1'])
    assert.ok(!isPrivate(address), address);
});
