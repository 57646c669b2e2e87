import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clientKey, groupOf, isSameClient } from '../../src/client.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

test('a client is one address in one classroom', () => {
  const one = { workspace: 'room-1', address: '10.0.0.1' };
  assert.ok(isSameClient(one, { ...one }));
  assert.ok(!isSameClient(one, { ...one, workspace: 'room-2' }));
  assert.ok(!isSameClient(one, { ...one, address: '10.0.0.2' }));
  assert.notEqual(clientKey(one), clientKey({ ...one, workspace: '' }));
});

test('addresses of one IPv6 network share a limit within their classroom', () => {
  const one = { workspace: 'room-1', address: '2001:db8::1' };
  assert.equal(groupOf(one), groupOf({ ...one, address: '2001:db8::2' }));
  assert.notEqual(groupOf(one), groupOf({ ...one, address: '2001:db8:0:1::1' }));
  assert.notEqual(groupOf(one), groupOf({ ...one, workspace: 'room-2' }));
});

test('the key of a client is made in one place', () => {
  const files = readdirSync(src, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'));
  const places = files.filter((file) =>
    /\$\{[^}]*workspace[^}]*\}[^`]*\$\{[^}]*address[^}]*\}/i.test(readFileSync(join(src, file), 'utf8')),
  );
  assert.deepEqual(places, ['client.ts']);
});
