import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { clientOf, openedBy } from '../../src/http/client-of.ts';
import { keyRewriter, NOWHERE } from '../../src/http/workspace-key.ts';

const keys = [
  { workspace: '7a', key: 'one' },
  { workspace: '7b', key: 'two' },
];
const workspaceOf = (raw: object) => clientOf({ raw, ip: '10.0.0.1' } as unknown as FastifyRequest).workspace;

test('without keys addresses stay as they are', () => {
  assert.equal(keyRewriter([])({ url: '/w/one/ping' }), '/w/one/ping');
});

test('the key is taken out of the address and names the workspace', () => {
  const rewrite = keyRewriter(keys);
  for (const [url, rest, workspace] of [
    ['/w/one/ping', '/ping', '7a'],
    ['/w/two/projects/x?y=/w/one/z', '/projects/x?y=/w/one/z', '7b'],
    ['/w/one', '/', '7a'],
    ['/w/one?a=1', '/?a=1', '7a'],
  ] as const) {
    const request = { url };
    assert.equal(rewrite(request), rest);
    assert.equal(workspaceOf(request), workspace);
  }
});

test('two keys of one classroom open it with the role of each', () => {
  const rewrite = keyRewriter([
    { workspace: '7a', key: 'one', role: 'teacher' },
    { workspace: '7a', key: 'two', role: 'pupil' },
    { workspace: '7b', key: 'three' },
  ]);
  for (const [key, workspace, role] of [
    ['one', '7a', 'teacher'],
    ['two', '7a', 'pupil'],
    ['three', '7b', 'anybody'],
  ] as const) {
    const request = { url: `/w/${key}/ping?role=teacher` };
    rewrite(request);
    assert.deepEqual(openedBy({ raw: request } as unknown as FastifyRequest), { workspace, role });
  }
});

test('the page about the certificate and the health of the server need no key, and open no workspace', () => {
  const rewrite = keyRewriter(keys);
  for (const url of ['/trust', '/trust?x', '/trust/ca.crt', '/trust/ca.crt?x', '/healthz', '/readyz?x', '/privacy']) {
    const request = { url };
    assert.equal(rewrite(request), url);
    assert.equal(workspaceOf(request), '');
  }
  for (const url of [
    '/trust/',
    '/trust/x',
    '/trustee',
    '/healthz/',
    '/healthzz',
    '/readyz/x',
    '/trust/ca.crt/',
    '/trust/ca.crtx',
    '/trust/../ping',
    '/trust%2f..%2fping',
    '//trust',
    '/x/trust',
    '/Trust',
  ])
    assert.equal(rewrite({ url }), NOWHERE, url);
});

test('every other address leads nowhere', () => {
  const rewrite = keyRewriter(keys);
  for (const url of [
    '/',
    '/ping',
    '/w/',
    '/w//ping',
    '/w/three/ping',
    '/w/One/ping',
    '/w/one%20/ping',
    '/x/w/one/ping',
    `/w/${'a'.repeat(5000)}/ping`,
    '/w/one/../two',
    '//w/one/ping',
    '',
  ]) {
    const expected = url === '/w/one/../two' ? '/../two' : NOWHERE;
    assert.equal(rewrite({ url }), expected, url);
  }
});
