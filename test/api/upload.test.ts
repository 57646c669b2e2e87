import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { AppError } from '../../src/errors.ts';
import type { Client } from '../../src/client.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { HOSTILE_ZIPS } from '../helpers/hostile-zips.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { multipart, uploadForm, type Multipart } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const uploads: { readonly client: Client; readonly id: string }[] = [];
const jobs = idleJobs({ noteUpload: (client, ref) => void uploads.push({ client, id: ref.id }) });
const { app, config, listen } = await buildTestApp({ maxUploadBytes: 2_000_000 }, { jobs });
const base = await listen();
const post = (form: Multipart) => app.inject({ method: 'POST', url: '/upload', ...form });
const zip = await makeProjectZip({ id: 'other' });

function assertFail(
  response: { readonly statusCode: number; json(): unknown; readonly headers: object },
  status: number,
  code: string,
): void {
  const body = response.json() as { result: string; code: string; reason: string };
  assert.deepEqual([response.statusCode, body.result, body.code], [status, 'FAIL', code], body.reason);
  assert.ok(body.reason.length > 20);
  assert.deepEqual(Object.keys(body).sort(), ['code', 'reason', 'result']);
}

test('the parts come in any order, and the field names the project whatever the zip says', async () => {
  for (const [id, parts] of [
    [
      'first',
      [
        ['project', { content: zip }],
        ['project_id', 'first'],
      ],
    ],
    [
      'second',
      [
        ['project_id', 'second'],
        ['extra', 'x'],
        ['project', { content: zip }],
      ],
    ],
  ] as const) {
    const response = await post(multipart(parts));
    assert.equal(response.statusCode, 200, response.body);
    assert.deepEqual(response.json(), { result: 'success' });
    assert.equal((await app.inject(`/projects/${id}`)).json<{ id: string }>().id, id);
  }
  assert.deepEqual(
    uploads.map(({ id, client }) => `${id} ${client.address}`),
    ['first 127.0.0.1', 'second 127.0.0.1'],
  );
});

const project = ['project', { content: zip }] as const;
for (const [what, code, parts] of [
  ['no file', 'upload_file_missing', [['project_id', 'x']]],
  ['no id', 'project_id_missing', [project]],
  ['an id that is a path', 'project_id_invalid', [project, ['project_id', '../x']]],
  ['an id with a tab', 'project_id_invalid', [project, ['project_id', 'x\ty']]],
  ['two ids', 'field_repeated', [['project_id', 'x'], ['project_id', 'y'], project]],
  ['two files', 'field_repeated', [project, project, ['project_id', 'x']]],
  [
    'a name that objects have',
    'invalid_request',
    [
      ['__proto__', 'x'],
      ['project_id', 'y'],
    ],
  ],
  ['nothing', 'upload_file_missing', []],
] as const)
  test(`what is missing or twice is named: ${what}`, async () => assertFail(await post(multipart(parts)), 400, code));

test('what is no form is refused', async () => {
  const send = (type: string | undefined, payload: string) =>
    app.inject({
      method: 'POST',
      url: '/upload',
      payload,
      headers: type === undefined ? {} : { 'content-type': type },
    });
  assertFail(await send('application/json', '{"a":1}'), 415, 'not_multipart');
  assertFail(await send('application/zip', 'x'), 415, 'invalid_request');
  assertFail(await send('multipart/form-data', 'x'), 400, 'upload_broken');
  assertFail(await send('multipart/form-data; boundary=x', 'no part at all'), 400, 'upload_broken');
  const { payload, headers } = uploadForm('x', zip);
  assertFail(
    await app.inject({ method: 'POST', url: '/upload', payload: payload.subarray(0, -200), headers }),
    400,
    'upload_broken',
  );
});

test('a zip over the limit is refused, said by its length or not', async () => {
  const large = uploadForm('large', Buffer.alloc(2_000_001));
  assertFail(await post(large), 413, 'upload_too_large');
  const streamed = await fetch(`${base}/upload`, {
    method: 'POST',
    headers: large.headers,
    body: new Blob([large.payload]).stream(),
    duplex: 'half',
  } as RequestInit);
  assert.equal(streamed.status, 413);
  assert.match(await streamed.text(), /larger than 2 MB/);
});

test('hostile zips are refused over HTTP too, and nothing is left of them', async () => {
  for (const { zip: hostile, code, what } of HOSTILE_ZIPS.filter(({ zip: { length } }) => length < 2_000_000)) {
    const response = await post(uploadForm('hostile', hostile));
    assert.equal(response.json<{ code: string }>().code, code, what);
    assert.ok(response.statusCode >= 400 && response.statusCode < 500);
  }
  assert.deepEqual(readdirSync(`${config.projectsDir}/.incoming`), []);
  assert.equal((await app.inject('/projects/hostile')).statusCode, 404);
});

test('a client that goes away in the middle leaves nothing', async () => {
  const { payload, headers } = uploadForm('gone', zip);
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${payload.length}\r\n\r\n`,
  );
  socket.write(payload.subarray(0, 300));
  await until(() => readdirSync(`${config.projectsDir}/.incoming`).length === 1, 60_000, 'the beginning of the upload');
  socket.destroy();
  await until(() => readdirSync(`${config.projectsDir}/.incoming`).length === 0, 60_000, 'the end of its traces');
  assert.equal((await app.inject('/projects/gone')).statusCode, 404);
});

test('40 uploads at once are all answered and all there', async () => {
  const responses = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const { payload, headers } = uploadForm(
        `crowd${n}`,
        await makeProjectZip({ id: `crowd${n}`, filesPerLabel: 10 }),
      );
      return fetch(`${base}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
    }),
  );
  assert.deepEqual(
    responses.map(({ status }) => status),
    Array(40).fill(200),
  );
  const { projects } = (await app.inject('/projects')).json<{ projects: { id: string; files: number }[] }>();
  assert.equal(projects.filter(({ id, files }) => id.startsWith('crowd') && files === 20).length, 40);
});

test('a refused upload reaches the streams of its client', async () => {
  const stream = await fetch(`${base}/listen`, { headers: { 'accept-language': 'en' } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  const { payload, headers } = uploadForm('p', Buffer.from('no zip'));
  await fetch(`${base}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
  let text = '';
  await until(
    async () => {
      text += (await reader?.read())?.value ?? '';
      return text.includes('"event":"error"');
    },
    5000,
    'the error event',
  );
  const data = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}') as Partial<AppError> & {
    event: string;
    msg: string;
    time: number;
  };
  assert.equal(data.code, 'zip_invalid');
  assert.match(data.msg, /zip/);
  await reader?.cancel();
});
