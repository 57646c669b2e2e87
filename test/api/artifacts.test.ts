import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { ARTIFACTS, hasModel, openArtifact } from '../../src/models/artifacts.ts';
import { boardFiles } from '../../src/boards.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { openFiles } from '../helpers/open-files.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const { app, config, listen } = await buildTestApp();
const base = await listen();
await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p1', await makeProjectZip()) });
const project = join(config.projectsDir, 'p1');
const output = join(project, 'output');

/** Of a path as it is written; `inject` and `fetch` would resolve its dots first. */
async function statusOf(path: string): Promise<number | undefined> {
  const [response] = (await once(get(base, { path, agent: false }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function assertFail(path: string, status: number, code: string, reason: RegExp): Promise<void> {
  const response = await app.inject(path);
  const body = response.json<{ code: string; reason: string }>();
  assert.deepEqual([response.statusCode, body.code], [status, code], path);
  assert.match(body.reason, reason);
}

test('before a training, and of a project that is not there, files are a 404 and the package a 409 or 404 that says why', async () => {
  await assertFail('/projects/p1/output/model_int8.bin', 404, 'model_missing', /press Train/);
  await assertFail('/download_model?project_id=p1', 409, 'model_missing', /press Train/);
  await assertFail('/projects/none/output/model.pth', 404, 'project_not_found', /no project "none"/);
  await assertFail('/download_model?project_id=none', 404, 'project_not_found', /no project "none"/);
});

test('before a conversion the trained model can be had, the files of the board cannot', async () => {
  await mkdir(output);
  await writeFile(join(output, 'model.pth'), 'weights');
  assert.equal((await app.inject('/projects/p1/output/model.pth')).body, 'weights');
  await assertFail('/projects/p1/output/model_int8.bin', 404, 'artifact_missing', /convert it first/);
  await assertFail('/download_model?project_id=p1', 409, 'not_converted', /convert it first/);
});

test('a file comes with its length and from no cache, the package with a name', async () => {
  const bytes = Buffer.alloc(300_000, 7);
  await writeFile(join(output, 'model_int8.bin'), bytes);
  await writeFile(join(output, 'model.zip'), 'PK');
  const origin = 'https://kidbright-mai.web.app';
  const response = await fetch(`${base}/projects/p1/output/model_int8.bin`, { headers: { origin } });
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
  assert.equal(response.headers.get('content-length'), '300000');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  assert.equal(response.headers.get('access-control-allow-origin'), origin);
  const zip = await app.inject('/download_model?project_id=p1');
  assert.deepEqual(
    [zip.body, zip.headers['content-disposition'], zip.headers['content-type']],
    ['PK', 'attachment; filename="p1.zip"', 'application/zip'],
  );
});

/** A file of 1,000 bytes, how to ask for it, and its ETag. */
async function thousandBytes() {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  await writeFile(join(output, 'model_int8.bin'), bytes);
  const ask = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: '/projects/p1/output/model_int8.bin', headers });
  const etag = String((await ask()).headers.etag);
  assert.match(etag, /^"[^"]+"$/);
  return { bytes, ask, etag };
}

test('a broken download goes on where it stopped', async () => {
  const { bytes, ask, etag } = await thousandBytes();
  for (const [range, start, end] of [
    ['bytes=0-99', 0, 99],
    ['bytes=400-', 400, 999],
    ['bytes=-10', 990, 999],
    ['bytes=990-5000', 990, 999],
  ] as const) {
    const part = await ask({ range });
    assert.deepEqual(
      [part.statusCode, part.headers['content-range'], part.headers['content-length']],
      [206, `bytes ${start}-${end}/1000`, String(end - start + 1)],
      range,
    );
    assert.deepEqual(part.rawPayload, bytes.subarray(start, end + 1));
    assert.equal(part.headers.etag, etag);
  }
});

test('a download of a file that has changed begins anew', async () => {
  const { ask, etag } = await thousandBytes();
  assert.equal((await ask({ range: 'bytes=0-99', 'if-range': etag })).statusCode, 206);
  for (const other of ['"another"', `W/${etag}`, 'Sat, 28 Nov 2026 09:00:00 GMT']) {
    const whole = await ask({ range: 'bytes=0-99', 'if-range': other });
    assert.deepEqual(
      [whole.statusCode, whole.rawPayload.length, whole.headers['content-range']],
      [200, 1000, undefined],
      other,
    );
  }
});

test('a part that is not there is refused, and several at once are the whole file', async () => {
  const { ask } = await thousandBytes();
  assert.equal((await ask({ range: 'bytes=0-1,5-6' })).statusCode, 200);
  const beyond = await ask({ range: 'bytes=1000-' });
  assert.deepEqual(
    [beyond.statusCode, beyond.headers['content-range'], beyond.json<{ code: string }>().code],
    [416, 'bytes */1000', 'range_not_satisfiable'],
  );
  assert.deepEqual(
    [beyond.headers['content-disposition'], beyond.headers.etag],
    [undefined, undefined],
    'a sentence is no download',
  );
  assert.equal((await ask({ range: 'bytes=5000-', 'if-range': '"another"' })).statusCode, 200);
});

test('HEAD takes no part, and says that there are parts', async () => {
  const { ask, etag } = await thousandBytes();
  const head = await ask({ range: 'bytes=0-9' }, 'HEAD');
  assert.deepEqual(
    [head.statusCode, head.body, head.headers['content-length'], head.headers['accept-ranges'], head.headers.etag],
    [200, '', '1000', 'bytes', etag],
  );
});

test('of another model with the same address the whole is sent', async () => {
  const { bytes, ask, etag } = await thousandBytes();
  const file = join(output, 'model_int8.bin');
  await writeFile(`${file}.new`, bytes.reverse());
  await rename(`${file}.new`, file);
  const changed = await ask({ range: 'bytes=100-', 'if-range': etag });
  assert.deepEqual([changed.statusCode, changed.rawPayload.length], [200, 1000], 'another model');
  const zip = await app.inject({ url: '/download_model?project_id=p1', headers: { range: 'bytes=1-' } });
  assert.deepEqual([zip.statusCode, zip.body], [206, 'K']);
});

test('no download keeps its file open, whatever became of it', {
  skip: process.platform !== 'linux' && 'looks at /proc',
}, async () => {
  const url = '/projects/p1/output/model_int8.bin';
  const open = () => openFiles().filter((path) => path.startsWith(project));
  for (const [method, range] of [
    ['HEAD', ''],
    ['HEAD', 'bytes=0-1'],
    ['GET', 'bytes=5000-'],
    ['GET', 'bytes=0-1'],
    ['GET', ''],
  ] as const)
    await app.inject({ method, url, headers: { range } });
  await until(() => open().length === 0, 60_000, 'the end of the downloads');
});

test('a file can be had in the moment in which one model takes the place of another', async () => {
  const paths = projectPaths(config.projectsDir, '', 'p1');
  await rename(output, paths.nextOutput);
  const { file, bytes } = await openArtifact(paths, 'model_int8.bin');
  await file.close();
  assert.deepEqual([bytes, await hasModel(paths)], [1_000, true]);
  await rename(paths.nextOutput, output);
});

test('an empty file is a file', async () => {
  await writeFile(join(output, 'labels.txt'), '');
  assert.equal(
    (await app.inject({ url: '/projects/p1/output/labels.txt', headers: { range: 'bytes=0-' } })).statusCode,
    416,
  );
  const response = await app.inject('/projects/p1/output/labels.txt');
  assert.deepEqual([response.statusCode, response.headers['content-length'], response.body], [200, '0', '']);
});

test('only listed names are served, whatever lies there', async () => {
  for (const name of ['origin.json', 'secret.txt']) {
    await writeFile(join(output, name), 'secret');
    await assertFail(`/projects/p1/output/${name}`, 404, 'artifact_unknown', /No model has a file/);
  }
  for (const path of ['..%2Fproject.json', '..%2f..%2f..%2fetc%2fpasswd', '.', '%2e%2e', 'model.pth%00', 'MODEL.PTH']) {
    assert.equal(await statusOf(`/projects/p1/output/${path}`), 404, path);
  }
  assert.equal((await app.inject('/projects/p1/output/')).statusCode, 404);
});

test('a link is no artifact, and a folder that is a link holds none', async () => {
  await rm(join(output, 'report.json'), { force: true });
  await symlink('/etc/hostname', join(output, 'report.json'));
  await assertFail('/projects/p1/output/report.json', 404, 'artifact_missing', /no report.json/);
  await mkdir(join(output, 'model.onnx'));
  await assertFail('/projects/p1/output/model.onnx', 404, 'artifact_missing', /no model.onnx/);
  await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p2', await makeProjectZip()) });
  await symlink(output, join(config.projectsDir, 'p2', 'output'));
  await assertFail('/projects/p2/output/model.pth', 404, 'model_missing', /press Train/);
});

test('every file that a board loads can be asked for', () => {
  for (const board of ['kidbright-mai', 'kidbright-mai-plus', 'other']) {
    for (const type of ['IMAGE_CLASSIFICATION', 'OBJECT_DETECTION', 'VOICE_CLASSIFICATION'] as const) {
      assert.ok(boardFiles(board, type).every((name) => ARTIFACTS.includes(name)));
    }
  }
});

test('the description names every type that a file can come as', async () => {
  const { paths } = (await app.inject('/docs/json')).json<{
    paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
  }>();
  const documented = Object.keys(paths['/projects/{id}/output/{file}']?.get.responses['200']?.content ?? {});
  for (const file of ['model.pth', 'labels.txt', 'report.json', 'model.zip']) {
    await mkdir(output, { recursive: true });
    await writeFile(join(output, file), '{}');
    const type = String((await app.inject(`/projects/p1/output/${file}`)).headers['content-type']).split(';')[0];
    assert.ok(documented.includes(type ?? ''), `${file} comes as ${type}, documented are ${documented.join()}`);
  }
});
