import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ARTIFACTS } from '../../src/models/artifacts.ts';
import { boardFiles } from '../../src/models/boards.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';

const { app, config, listen } = await buildTestApp();
const base = await listen();
await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p1', await makeProjectZip()) });
const project = join(config.projectsDir, 'p1');
const output = join(project, 'output');

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
  assert.deepEqual([zip.body, zip.headers['content-disposition'], zip.headers['content-type']], ['PK', 'attachment; filename="p1.zip"', 'application/zip']);
});

test('an empty file is a file', async () => {
  await writeFile(join(output, 'labels.txt'), '');
  const response = await app.inject('/projects/p1/output/labels.txt');
  assert.deepEqual([response.statusCode, response.headers['content-length'], response.body], [200, '0', '']);
});

test('only listed names are served, whatever lies there', async () => {
  for (const name of ['origin.json', 'secret.txt']) {
    await writeFile(join(output, name), 'secret');
    await assertFail(`/projects/p1/output/${name}`, 404, 'artifact_unknown', /No model has a file/);
  }
  for (const path of ['..%2Fproject.json', '..%2f..%2f..%2fetc%2fpasswd', '.', '%2e%2e', 'model.pth%00', 'MODEL.PTH']) {
    assert.equal((await app.inject(`/projects/p1/output/${path}`)).statusCode, 404, path);
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
  const { paths } = (await app.inject('/docs/json')).json<{ paths: Record<string, { get: { responses: Record<string, { content: object }> } }> }>();
  const documented = Object.keys(paths['/projects/{id}/output/{file}']?.get.responses['200']?.content ?? {});
  for (const file of ['model.pth', 'labels.txt', 'report.json', 'model.zip']) {
    await mkdir(output, { recursive: true });
    await writeFile(join(output, file), '{}');
    const type = String((await app.inject(`/projects/p1/output/${file}`)).headers['content-type']).split(';')[0];
    assert.ok(documented.includes(type ?? ''), `${file} comes as ${type}, documented are ${documented.join()}`);
  }
});
