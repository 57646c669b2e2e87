import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trustPage } from '../../src/reach/trust-page.ts';

const state = { secure: 'https://192.168.1.7:5443', isSecure: false, keyPath: '', fingerprint: 'AA:BB' };

test('what a request put into the address is text on the page', () => {
  const page = trustPage({ ...state, secure: 'https://x"><script>alert(1)</script>&\'' });
  assert.doesNotMatch(page, /<script|x">|&'/);
  assert.ok(page.includes('&#60;script&#62;'));
});

test('a value with braces or dollars is put in as it is', () => {
  assert.ok(trustPage({ ...state, keyPath: '/w/{open}$&' }).includes('/w/{open}$&#38;'));
});

test('https that is off offers nothing to press', () => {
  assert.doesNotMatch(trustPage({ ...state, secure: undefined, fingerprint: undefined }), /href="(?!#)/);
});

test('over https the warning is behind; trusting stays on offer', () => {
  const page = trustPage({ ...state, isSecure: true });
  assert.match(page, /class="done"/);
  assert.doesNotMatch(page, /Advanced|ขั้นสูง/);
  assert.match(page, /ca\.crt/);
});
