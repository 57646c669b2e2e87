import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { answerTo } from '../helpers/raw-request.ts';

const broken = idleJobs({
  stageOf: async () => {
    throw new Error('secret of the inside');
  },
});
const { app, listen } = await buildTestApp({}, { jobs: broken });
const base = await listen();

const IDE = 'https://kidbright-mai.web.app';

function assertReadable({ headers }: Response): void {
  assert.equal(headers.get('access-control-allow-origin'), IDE);
  assert.match(headers.get('vary') ?? '', /\borigin\b/i);
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
}

const json = { 'content-type': 'application/json' };
const form = uploadForm('p1', await makeProjectZip());
const REQUESTS: readonly (readonly [what: string, status: number, path: string, init?: RequestInit])[] = [
  ['an answer', 200, '/projects'],
  ['an address typed with a slash at its end', 200, '//ping'],
  ['an upload', 200, '/upload', { method: 'POST', headers: form.headers, body: new Uint8Array(form.payload) }],
  ['a refused upload', 415, '/upload', { method: 'POST', headers: json, body: '{}' }],
  ['an unknown address', 404, '/nothing/here'],
  ['an unknown method', 405, '/upload', { method: 'PUT', headers: json, body: '{' }],
  ['a broken address', 400, '/%zz'],
  ['a file that is not there', 404, '/projects/p1/output/model.pth'],
  ['a wrong query', 400, '/download_model?project_id=a%2Fb'],
  ['a missing query', 400, '/download_model'],
  ['broken JSON', 400, '/train', { method: 'POST', headers: json, body: '{"project":' }],
  [
    'a prototype in JSON',
    400,
    '/train',
    { method: 'POST', headers: json, body: '{"__proto__":{"a":1},"project":"p1"}' },
  ],
  ['too much JSON', 413, '/train', { method: 'POST', headers: json, body: `"${'x'.repeat(1_100_000)}"` }],
  ['an unknown type of body', 415, '/train', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' }],
  ['a fault of the server', 500, '/projects/p1'],
  ['the description', 200, '/docs/json'],
];

for (const [what, status, path, init] of REQUESTS) {
  test(`${what}: status, form and headers`, async () => {
    const response = await fetch(base + path, { ...init, headers: { ...init?.headers, origin: IDE } });
    assert.equal(response.status, status);
    assertReadable(response);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    for (const name of ['server', 'x-powered-by']) assert.equal(response.headers.get(name), null);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const body = (await response.json()) as { result?: string; code?: string; reason?: string };
    if (status < 400) return;
    assert.deepEqual([Object.keys(body).sort(), body.result], [['code', 'reason', 'result'], 'FAIL']);
    assert.doesNotMatch(body.reason ?? '', /secret|node_modules|\/src\/|Error:/);
  });
}

test('an event stream can be read from another site', async () => {
  const gone = new AbortController();
  const response = await fetch(`${base}/listen`, { signal: gone.signal, headers: { origin: IDE } });
  assertReadable(response);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  gone.abort();
});

test('a preflight is answered for every address, and lets a public page reach a private network', async () => {
  for (const path of ['/upload', '/train', '/projects/p1']) {
    const response = await fetch(base + path, {
      method: 'OPTIONS',
      headers: {
        origin: IDE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
        'access-control-request-private-network': 'true',
        'access-control-request-local-network': 'true',
      },
    });
    assert.ok(response.ok);
    assertReadable(response);
    assert.match(response.headers.get('access-control-allow-methods') ?? '', /POST.*DELETE/);
    assert.match(response.headers.get('access-control-allow-headers') ?? '', /content-type/);
    for (const network of ['private', 'local'])
      assert.equal(response.headers.get(`access-control-allow-${network}-network`), 'true');
  }
});

test('what is no HTTP gets an answer in the same form', async () => {
  for (const [bytes, status] of [
    [`GET / HTTP/1.1\r\nOrigin: ${IDE}\r\nno header\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\nOrigin: ${IDE}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ] as const) {
    const answer = await answerTo(base, bytes);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    assert.match(answer, /access-control-allow-origin: https:\/\/kidbright-mai.web.app\r\n/);
    assert.match(answer, /vary: Origin\r\n/);
    assert.match(answer, /"result":"FAIL"/);
  }
});

test('every route of the description says what it answers and what refusals look like', async () => {
  const { paths } = (await app.inject('/docs/json')).json<{
    paths: Record<string, Record<string, { summary?: string; responses: Record<string, unknown> }>>;
  }>();
  assert.ok(Object.keys(paths).length >= 12);
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { summary, responses }] of Object.entries(methods)) {
      assert.ok(summary, `${method} ${path} has no summary`);
      assert.ok('200' in responses && '4XX' in responses, `${method} ${path}: ${Object.keys(responses).join()}`);
    }
  }
});
