import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Config } from '../../src/config.ts';
import type { App } from '../../src/http/app-type.ts';
import { attachment } from '../../src/http/content-disposition.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { multipart, uploadForm } from '../helpers/multipart.ts';
import { ODD_IDS } from '../helpers/odd-ids.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { setUp } from '../helpers/set-up.ts';

const REFUSED = [
  '',
  'ก'.repeat(201),
  '🐈'.repeat(201),
  'a/b',
  '../x',
  '/etc',
  'a\\b',
  'a\0b',
  'line\nbreak',
  '\u007f',
  'a\tb',
  '\u0085',
];
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const encode = encodeURIComponent;

describe('a project whose id is odd', () => {
  const worker = { ask: async () => ({ prediction: 'Cat' }), close: async () => undefined };
  let app: App;
  let config: Config;
  let base: string;
  setUp(async () => {
    const test = await buildTestApp({}, { worker });
    ({ app, config } = test);
    base = await test.listen();
  });
  const ask = (id: string) =>
    app.inject({
      method: 'POST',
      url: '/inference_image',
      ...multipart([
        ['image', { content: JPEG }],
        ['project_id', id],
      ]),
    });

  it('is found by every route that takes an id, under exactly this id', async () => {
    for (const id of ODD_IDS) {
      const sent = await app.inject({
        method: 'POST',
        url: '/upload',
        ...uploadForm(id, await makeProjectZip({ filesPerLabel: 1 })),
      });
      assert.deepEqual([sent.statusCode, sent.body], [200, '{"result":"success"}'], id);
      assert.equal(((await (await fetch(`${base}/projects/${encode(id)}`)).json()) as { id: string }).id, id);
      assert.equal((await app.inject(`/terminate?project_id=${encode(id)}`)).statusCode, 200, id);
      assert.equal(
        (await app.inject({ method: 'POST', url: '/terminate_training', payload: { project_id: id } })).statusCode,
        200,
        id,
      );
      const none = (await app.inject(`/download_model?project_id=${encode(id)}`)).json<{ code: string }>();
      assert.equal(none.code, 'model_missing', id);
    }
    const { projects } = (await app.inject('/projects')).json<{ projects: { id: string }[] }>();
    assert.deepEqual(projects.map(({ id }) => id).sort(), [...ODD_IDS].sort());
  });

  it('has its model downloaded, file by file and as a zip that is named after it', async () => {
    for (const folder of readdirSync(config.projectsDir).filter((name) => !name.startsWith('.'))) {
      const output = join(config.projectsDir, folder, 'output');
      await mkdir(output);
      for (const name of ['model.pth', 'model.zip']) await writeFile(join(output, name), folder);
    }
    for (const id of ODD_IDS) {
      const file = await fetch(`${base}/projects/${encode(id)}/output/model.pth`);
      const zip = await fetch(`${base}/download_model?project_id=${encode(id)}`);
      assert.deepEqual([file.status, zip.status, await file.text()], [200, 200, await zip.text()], id);
      assert.equal(nameIn(zip.headers.get('content-disposition') ?? ''), `${id}.zip`);
      assert.equal((await ask(id)).statusCode, 200, id);
    }
  });

  it('is deleted by its id, and the others stay', async () => {
    for (const [n, id] of ODD_IDS.entries()) {
      assert.equal((await fetch(`${base}/projects/${encode(id)}`, { method: 'DELETE' })).status, 200, id);
      assert.equal((await app.inject(`/projects/${encode(id)}`)).statusCode, 404, id);
      assert.equal(
        (await app.inject('/projects')).json<{ projects: object[] }>().projects.length,
        ODD_IDS.length - n - 1,
      );
    }
  });

  it('is refused in a sentence where its id is a path, empty, too long or no text', async () => {
    const zip = await makeProjectZip();
    for (const id of [...REFUSED, '.', '..']) {
      const answers = [
        await app.inject({ method: 'POST', url: '/upload', ...uploadForm(id, zip) }),
        await app.inject({ method: 'POST', url: '/train', payload: { project: id } }),
        await app.inject({ method: 'POST', url: '/terminate_training', payload: { project_id: id } }),
        await app.inject(`/terminate?project_id=${encode(id)}`),
        await app.inject(`/download_model?project_id=${encode(id)}`),
        await app.inject(`/listen?project_id=${encode(id)}`),
        await ask(id),
        // an address without an id, or with dots for one, is another address
        ...(/^\.{0,2}$/.test(id)
          ? []
          : [
              await app.inject(`/projects/${encode(id)}`),
              await app.inject(`/projects/${encode(id)}/output/model.pth`),
            ]),
      ];
      for (const answer of answers) {
        const { code, reason } = answer.json<{ code: string; reason: string }>();
        assert.deepEqual([answer.statusCode, code], [400, 'project_id_invalid'], id);
        assert.match(reason, /1 to 200 characters/);
      }
      const convert = await app.inject(`/convert?project_id=${encode(id)}`);
      assert.deepEqual([convert.statusCode, convert.json<{ code: string }>().code], [200, 'project_id_invalid'], id);
    }
    assert.deepEqual(
      readdirSync(config.projectsDir).filter((name) => !name.startsWith('.')),
      [],
    );
  });
});

describe('the way from upload to download of a project of before March 2024', () => {
  it('has the id itself in every answer and event', async () => {
    const server = await startJobServer();
    const id = 'โปรเจค KidBright + 100%_Tni3SSC';
    const stream = await openStream(`${server.base}/listen?project_id=${encode(id)}`);
    const other = await openStream(`${server.base}/listen?project_id=${encode(id.toLowerCase())}`);
    assert.equal((await server.train(id, { epochs: 1 })).status, 200);
    await stream.waitFor('train_end');
    assert.deepEqual(await server.get(`/convert?project_id=${encode(id)}`), { status: 200, body: { result: 'OK' } });
    await stream.waitFor('convert_model_end');
    assert.deepEqual([...new Set(stream.messages.map(({ data }) => data.project_id)), ...other.names()], [id]);
    assert.deepEqual(
      (await server.jobs()).map(({ project_id, state }) => [project_id, state]),
      [
        [id, 'completed'],
        [id, 'completed'],
      ],
    );
    const download = await fetch(`${server.base}/projects/${encode(id)}/output/model_int8.bin`);
    assert.deepEqual([download.status, (await server.get('/ping')).body.stage], [200, 5]);
    stream.close();
    other.close();
  });
});

describe('the header that names a download', () => {
  it('is plain for plain names', () => assert.equal(attachment('p1.zip'), 'attachment; filename="p1.zip"'));

  it('is ASCII and cannot be broken out of', () => {
    for (const id of [...ODD_IDS, 'a"; filename=evil', 'a\r\nSet-Cookie: x', "''", '\\"']) {
      const header = attachment(`${id}.zip`);
      assert.match(header, /^attachment; filename="[A-Za-z0-9 ._~()-]+"(; filename\*=UTF-8''[A-Za-z0-9._~!%-]+)?$/);
      assert.equal(nameIn(header), `${id}.zip`);
    }
  });
});

/** As RFC 6266 reads it: the name in UTF-8 before the plain one. */
function nameIn(header: string): string {
  const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(header) ?? [];
  return encoded === undefined ? (/filename="([^"]*)"/.exec(header)?.[1] ?? '') : decodeURIComponent(encoded);
}
