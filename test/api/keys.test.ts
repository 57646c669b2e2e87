import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { FREE_GUESSES } from '../../src/http/key-attempts.ts';
import { KEY_TIMES } from '../../src/time-limits.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

let log = '';
const logTo = new Writable({
  write(chunk, _encoding, done) {
    log += String(chunk);
    done();
  },
});
const keys = [
  { workspace: '7a', key: 'first-long-key' },
  { workspace: '7b', key: 'second-long-key' },
  { workspace: '7c', key: 'first-long-key-two' },
];
/** Attempts wait for one second instead of five before they are refused. */
const keyTimes = { ...KEY_TIMES, longestWaitMs: 1_000 };
const { app, config, listen } = await buildTestApp(
  { keys, logLevel: 'trace' },
  { logTo, keyTimes: { ...keyTimes, turnMs: 500 } },
);
const base = await listen();

async function upload(key: string, id: string): Promise<Response> {
  const { payload, headers } = uploadForm(id, await makeProjectZip({ id }));
  return fetch(`${base}/w/${key}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
}

test('without the key everything is one and the same 404', async () => {
  const answers = new Set<string>();
  for (const path of [
    '/ping',
    '/projects',
    '/',
    '/docs',
    '/docs/json',
    '/w/',
    '/w/wrong/ping',
    '/w/first-long-ke/ping',
    '/w/first-long-key%2Fping',
    '/W/first-long-key/ping',
    '/%zz',
    '/nothing',
  ]) {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
      const response = await fetch(base + path, {
        method,
        ...(method === 'POST' && { body: '{', headers: { 'content-type': 'application/json' } }),
      });
      assert.equal(response.status, 404, `${method} ${path}`);
      answers.add(await response.text());
    }
  }
  assert.equal(answers.size, 1);
  assert.match(
    [...answers].join(),
    /use the address .*\/w\/.*\/trust.*ใช้ที่อยู่.*\/trust/,
    'what to do, in both languages',
  );
});

test('with a key the unchanged paths follow it, and the page of the description works', async () => {
  assert.equal((await fetch(`${base}/w/first-long-key/projects`)).status, 200);
  assert.equal((await fetch(`${base}/w/first-long-key//projects`)).status, 200);
  const nothing = await fetch(`${base}/w/first-long-key/nothing`);
  assert.deepEqual([nothing.status, ((await nothing.json()) as { code: string }).code], [404, 'not_found']);
  assert.equal((await fetch(`${base}/w/first-long-key/upload`, { method: 'PUT' })).status, 405);
  const page = await (await fetch(`${base}/w/first-long-key/docs`)).text();
  const [, script = ''] = /src="([^"]*swagger-initializer[^"]*)"/.exec(page) ?? [];
  assert.equal((await fetch(new URL(script, `${base}/w/first-long-key/docs`))).status, 200);
  const { servers } = (await (await fetch(`${base}/w/first-long-key/docs/json`)).json()) as {
    servers: { url: string }[];
  };
  assert.deepEqual(servers, [{ url: '/w/first-long-key' }]);
});

test('of two keys where one begins the other each opens its own classroom', async () => {
  assert.equal((await upload('first-long-key-two', 'of-7c')).status, 200);
  for (const [key, ids] of [
    ['first-long-key', []],
    ['first-long-key-two', ['of-7c']],
  ] as const) {
    const { projects } = (await (await fetch(`${base}/w/${key}/projects`)).json()) as { projects: { id: string }[] };
    assert.deepEqual(
      projects.map(({ id }) => id),
      ids,
    );
  }
  assert.equal((await fetch(`${base}/w/first-long-key-/ping`)).status, 404);
});

test('an address with http:// and the host in front, as programs send it to a proxy, is the same one', async () => {
  const ask = (path: string, localAddress: string) =>
    new Promise<number>((resolve, reject) => {
      get({ host: '127.0.0.1', port: new URL(base).port, path, localAddress, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      }).once('error', reject);
    });
  assert.equal(await ask(`${base}/w/first-long-key/ping`, '127.0.8.1'), 200);
  assert.equal(await ask(`${base}/ping`, '127.0.8.1'), 404);
  for (let n = 0; n < FREE_GUESSES; n += 1)
    assert.equal(await ask(`${base}/w/guess-number-${n}/ping`, '127.0.8.2'), 404);
  const flood = await Promise.all(
    Array.from({ length: 12 }, (_, n) => ask(`${base}/w/another-guess-${n}/ping`, '127.0.8.2')),
  );
  assert.ok(flood.includes(429), 'guesses count in this form too');
});

test('classrooms never meet: projects and files', async () => {
  assert.equal((await upload('first-long-key', 'same')).status, 200);
  assert.deepEqual(await (await fetch(`${base}/w/second-long-key/projects`)).json(), { projects: [] });
  const ofSecond = (method = 'GET') => fetch(`${base}/w/second-long-key/projects/same`, { method });
  assert.equal((await ofSecond()).status, 404);
  assert.equal((await upload('second-long-key', 'same')).status, 200);
  for (const workspace of ['7a', '7b'])
    assert.ok(existsSync(join(config.projectsDir, `@${workspace}`, 'same', 'project.json')));
  const ofFirst = async () => fetch(`${base}/w/first-long-key/projects/same`);
  assert.deepEqual([(await ofSecond('DELETE')).status, (await ofFirst()).status], [200, 200]);
});

test('classrooms never meet: events', async () => {
  const streams = await Promise.all(
    ['first-long-key', 'second-long-key'].map(async (key) => {
      const reader = (await fetch(`${base}/w/${key}/listen`)).body?.pipeThrough(new TextDecoderStream()).getReader();
      const received = { text: '' };
      void (async () => {
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
          received.text += part.value;
      })();
      return received;
    }),
  );
  const { payload, headers } = uploadForm('x', Buffer.from('no zip'));
  await fetch(`${base}/w/first-long-key/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
  await until(() => streams[0]?.text.includes('zip_invalid'), 60_000, 'the event of the refusal');
  assert.ok(!streams[1]?.text.includes('zip_invalid'));
});

test('guessing is slowed for its address; who knows the key notices nothing', async () => {
  const ask = (path: string, localAddress = '127.0.0.1') =>
    new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
      get(base + path, { localAddress, agent: false }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
      }).once('error', reject);
    });
  assert.equal((await ask('/w/first-long-key/ping', '127.0.7.1')).status, 200);
  for (let n = 0; n < FREE_GUESSES; n += 1)
    assert.equal((await ask(`/w/guess-number-${n}/ping`, '127.0.7.1')).status, 404);
  const flood = Array.from({ length: 30 }, (_, n) => ask(`/w/another-guess-${n}/ping`, '127.0.7.1'));
  const refused = await Promise.race(
    flood.map(async (one) => ((await one).status === 429 ? one : new Promise<never>(() => undefined))),
  );
  assert.match(refused.retryAfter ?? '', /^\d+$/);
  assert.equal((await ask('/w/first-long-key/ping', '127.0.7.1')).status, 200, 'known to this address');
  assert.equal((await ask('/w/one-more-guess/ping', '127.0.7.2')).status, 404, 'another address');
  assert.deepEqual([...new Set((await Promise.all(flood)).map(({ status }) => status))].sort(), [404, 429]);
  assert.equal((await ask('/w/second-long-key/ping', '127.0.7.1')).status, 200, 'after its turn');
});

test('a pupil who has opened the class waits like anybody else for a guess at the teacher’s key', async () => {
  const roles = [
    { workspace: '7a', key: 'lantern-harbor-velvet', role: 'teacher' },
    { workspace: '7a', key: 'river-candle-tiger', role: 'pupil' },
  ] as const;
  const { app: classroom } = await buildTestApp({ keys: roles }, { keyTimes });
  const guess = async (key: string) =>
    (await classroom.inject({ url: `/w/${key}/ping`, remoteAddress: '10.8.8.8' })).statusCode;
  assert.equal(await guess('river-candle-tiger'), 200);
  for (let n = 0; n < FREE_GUESSES; n += 1) assert.equal(await guess(`wrong-long-key-${n}`), 404);
  const flood = Array.from({ length: 8 }, (_, n) => guess(`wrong-long-key-${n}`));
  assert.equal(await guess('lantern-harbor-velvet'), 429, 'the right key looks like a wrong one');
  assert.equal(await guess('river-candle-tiger'), 200);
  await Promise.all(flood);
});

test('of IPv6 a whole /64 guesses as one: a computer may take any address in it', async () => {
  const { app: proxied } = await buildTestApp({ keys, trustProxy: ['127.0.0.1'] }, { keyTimes });
  const guess = async (address: string) =>
    (await proxied.inject({ url: '/w/wrong-key-wrong/ping', headers: { 'x-forwarded-for': address } })).statusCode;
  for (let n = 0; n < FREE_GUESSES; n += 1) assert.equal(await guess(`2001:db8:0:1::${n + 1}`), 404);
  const flood = await Promise.all(Array.from({ length: 12 }, (_, n) => guess(`2001:db8:0:1:${n + 1}::`)));
  assert.ok(flood.includes(429));
  assert.equal(await guess('2001:db8:0:2::1'), 404, 'the next network');
});

test('no key is ever logged, wherever it stands', async () => {
  assert.ok(log.length > 1000);
  app.log.error({ err: new Error('at /w/first-long-key/ping'), url: '/w/second-long-key/ping?x' }, 'first-long-key');
  app.log.error({ url: '/w/first-long-key-two/ping' });
  assert.match(log, /at \/w\/<key>\/ping/);
  assert.doesNotMatch(log, /-two/);
  for (const { key } of keys) assert.ok(!log.includes(key));
  assert.ok(app.server.listening);
});

test('an address that guesses learns nothing from what else an answer holds', async () => {
  const { app: guessed } = await buildTestApp({ keys }, { keyTimes });
  const ask = async (key: string, path: string, headers = {}) => {
    const answer = await guessed.inject({ url: `/w/${key}${path}`, headers, remoteAddress: '10.9.9.9' });
    const { date: _date, 'x-request-id': _id, ...rest } = answer.headers;
    return { status: answer.statusCode, headers: rest, body: answer.body };
  };
  const waiting: Promise<unknown>[] = [];
  const guess = (count: number) => {
    for (let n = 0; n < count; n += 1) waiting.push(ask('wrong-long-key', '/ping'));
  };
  guess(FREE_GUESSES);
  for (const [path, headers] of [
    ['/%zz', {}],
    [`/projects/${'x'.repeat(5_000)}`, {}],
    ['/ping', { origin: 'https://evil.example' }],
    ['/ping', { origin: 'https://evil.example', 'access-control-request-private-network': 'true' }],
    ['/ping', { origin: 'https://kidbright-mai.web.app' }],
  ] as const) {
    guess(8); // more than may wait: what comes now is refused unseen
    const [wrong, right] = [await ask('wrong-long-key', path, headers), await ask('second-long-key', path, headers)];
    assert.deepEqual(right, wrong, path.slice(0, 20));
    assert.equal(right.status, 429);
  }
  await Promise.all(waiting);
});
