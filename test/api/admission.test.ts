import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { recordingJobs } from '../helpers/idle-jobs.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { answerTo } from '../helpers/raw-request.ts';
import { setUp } from '../helpers/set-up.ts';

const EVIL = 'https://evil.example';
const IDE = 'https://kidbright-mai.web.app';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `fetch` would not let a test set Host and Sec-Fetch headers. */
async function ask(
  base: string,
  path: string,
  method = 'GET',
  headers: Readonly<Record<string, string>> = {},
  body?: Buffer | string,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const outgoing = request({ host: hostname, port, path, method, headers, agent: false });
  outgoing.end(body);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const json = { 'content-type': 'application/json' };
const form = uploadForm('p1', await makeProjectZip());

describe('what a page of another site tries', () => {
  let base: string;
  let log = '';
  const done: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, next) {
      log += String(chunk);
      next();
    },
  });
  setUp(async () => {
    const server = await buildTestApp({ logLevel: 'warn' }, { jobs: recordingJobs(done), logTo });
    base = await server.listen();
    assert.equal((await ask(base, '/upload', 'POST', form.headers, form.payload)).status, 200);
  });

  const attacks: readonly (readonly [
    what: string,
    ...(Parameters<typeof ask> extends [string, ...infer Rest] ? Rest : never),
  ])[] = [
    ['an image that cancels', '/terminate?project_id=p1', 'GET', image],
    ['an image that converts', '/convert?project_id=p1', 'GET', image],
    ['an image with two slashes', '//terminate?project_id=p1', 'GET', image],
    ['an image with a % in its path', '/%74erminate?project_id=p1', 'GET', image],
    ['a link that cancels', '/terminate?project_id=p1', 'GET', link],
    ['a link of a neighbouring port', '/terminate?project_id=p1', 'GET', { ...link, 'sec-fetch-site': 'same-site' }],
    ['a fetch that cancels', '/terminate?project_id=p1', 'GET', { origin: EVIL }],
    ['a sandboxed frame', '/terminate?project_id=p1', 'GET', { origin: 'null' }],
    ['a form that uploads', '/upload', 'POST', { ...form.headers, origin: EVIL }, form.payload],
    ['a form without an origin', '/upload', 'POST', { ...form.headers, ...link }, form.payload],
    [
      'a no-cors fetch that trains',
      '/train',
      'POST',
      { 'content-type': 'text/plain', origin: EVIL },
      '{"project":"p1"}',
    ],
    ['a fetch that converts', '/convert', 'POST', { ...json, origin: EVIL }, '{"project_id":"p1"}'],
    ['a fetch that deletes', '/projects/p1', 'DELETE', { origin: EVIL }],
    ['a list', '/projects', 'GET', { origin: EVIL }],
    ['a script', '/projects', 'GET', { ...image, 'sec-fetch-dest': 'script' }],
    ['a stream', '/listen', 'GET', { origin: EVIL }],
    ['a frame', '/docs', 'GET', { ...link, 'sec-fetch-dest': 'iframe' }],
    ['a name that leads here', '/projects', 'GET', { host: 'evil.example:5000' }],
    [
      'a name that leads here, same origin',
      '/terminate?project_id=p1',
      'GET',
      { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['an unknown address', '/nothing', 'GET', { origin: EVIL }],
    [
      'a preflight',
      '/upload',
      'OPTIONS',
      { origin: EVIL, 'access-control-request-method': 'POST', 'access-control-request-private-network': 'true' },
    ],
  ];
  for (const [what, path, method, headers, body] of attacks) {
    it(`${what}: 403, nothing done, nothing that the page may read`, async () => {
      const answer = await ask(base, path, method, headers, body);
      assert.equal(answer.status, 403, answer.body);
      const { result, code, reason } = JSON.parse(answer.body) as Record<string, string>;
      assert.deepEqual([result, code], ['FAIL', 'origin_not_allowed']);
      assert.match(reason ?? '', /MAI_(HOSTS|ORIGINS)/);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith('access-control')),
        [],
      );
      assert.match(answer.headers.vary ?? '', /Origin/);
      assert.deepEqual(done, []);
    });
  }

  it('the log says once which setting would admit it; no stream is notified', async () => {
    const stream = await openStream(`${base}/listen`);
    for (let n = 0; n < 50; n += 1)
      await ask(base, '/upload', 'POST', { ...form.headers, origin: 'https://flood.example' }, form.payload);
    const form2 = uploadForm('x', Buffer.from('no zip'));
    await ask(base, '/upload', 'POST', form2.headers, form2.payload);
    await stream.waitFor('error');
    assert.deepEqual(
      stream.messages.map(({ data }) => data.code),
      ['zip_invalid'],
    );
    stream.close();
    const lines = log.split('\n').filter((line) => line.includes('flood.example'));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"setting":"MAI_ORIGINS","value":"https:\/\/flood\.example"/);
    assert.match(log, /"setting":"MAI_HOSTS","value":"evil\.example"/);
  });

  it('programs, the IDE, pages of this computer and links that only read work as before', async () => {
    for (const headers of [
      {},
      { origin: IDE, 'sec-fetch-site': 'cross-site' },
      { origin: 'http://localhost:8080' },
      { origin: base },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
      link,
    ] as const) {
      assert.equal((await ask(base, '/projects/p1', 'GET', headers)).status, 200, JSON.stringify(headers));
    }
    const answer = await ask(base, '/terminate?project_id=p1', 'GET', { origin: IDE });
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin'], done], [200, IDE, ['cancel']]);
  });

  it('an answer without CORS headers for a page that is not admitted, whatever is wrong with its request', async () => {
    for (const bytes of [
      `GET /projects HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: ${EVIL}\r\nno header\r\n\r\n`,
      `GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: ${EVIL}\r\nConnection: close\r\n\r\n`,
    ]) {
      const answer = await answerTo(base, bytes);
      assert.match(answer, /^HTTP\/1.1 400 /);
      assert.doesNotMatch(answer, /access-control/i);
    }
  });
});

describe('with a valid key', () => {
  let base: string;
  setUp(async () => {
    const server = await buildTestApp({ keys: [{ workspace: '', key: 'river-candle-tiger' }] });
    base = await server.listen();
  });

  it('a school may host the IDE anywhere; without it everything stays the one 404', async () => {
    for (const headers of [
      { origin: EVIL },
      { origin: 'null' },
      { ...image },
      { host: 'mai.school.example' },
      { host: 'x', origin: 'http://x' },
    ] as const) {
      const answer = await ask(base, '/w/river-candle-tiger/projects', 'GET', headers);
      assert.deepEqual(
        [answer.status, answer.headers['access-control-allow-origin']],
        [200, 'origin' in headers ? headers.origin : undefined],
      );
      assert.equal((await ask(base, '/w/river-candle-tigers/projects', 'GET', headers)).status, 404);
    }
    const preflight = await ask(base, '/w/river-candle-tiger/train', 'OPTIONS', {
      origin: EVIL,
      'access-control-request-method': 'POST',
      'access-control-request-private-network': 'true',
    });
    assert.deepEqual(
      [
        preflight.status,
        preflight.headers['access-control-allow-origin'],
        preflight.headers['access-control-allow-private-network'],
      ],
      [204, EVIL, 'true'],
    );
  });
});
