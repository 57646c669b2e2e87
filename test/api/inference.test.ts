import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inferenceRefused } from '../../src/errors.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import type { Asker, InferenceRequest } from '../../src/models/inference/request.ts';
import type { InferenceWorker } from '../../src/models/inference/worker.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { multipart, uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const asked: InferenceRequest[] = [];
let onAsk = async (_from: Asker): Promise<void> => undefined;
let training: Job | undefined;
/** As JSON.parse makes it of the worker's line: labels may be named as prototypes are, hold a quotation mark or a line break. */
const probs = JSON.parse('{"Cat":0.98,"__proto__":0.01,"constructor":0.005,"a\\nb":0.004,"\\"":0.001}') as Record<
  string,
  number
>;
const worker: InferenceWorker = {
  async ask(request, from) {
    asked.push(request);
    await onAsk(from);
    if (request.threshold === 0.9)
      throw inferenceRefused('not_an_image', 'the file is not a photo that can be read: send a JPEG or PNG');
    return {
      prediction: 'Cat',
      prob: 0.98,
      probs,
      board: { prediction: 'Dog', prob: 0.6, probs: { Dog: 0.6 }, ...more },
      ...more,
    };
  },
  close: async () => undefined,
};
let more: { readonly unknown?: true } = {};
const { app, config } = await buildTestApp({}, { worker, jobs: idleJobs({ trainingOf: () => training }) });
for (const [id, type] of [
  ['photos', 'IMAGE_CLASSIFICATION'],
  ['boxes', 'OBJECT_DETECTION'],
  ['words', 'VOICE_CLASSIFICATION'],
] as const) {
  await app.inject({ method: 'POST', url: '/upload', ...uploadForm(id, await makeProjectZip({ id, type })) });
  await mkdir(join(config.projectsDir, id, 'output'));
  await writeFile(join(config.projectsDir, id, 'output', 'model.pth'), 'x');
}
await app.inject({
  method: 'POST',
  url: '/upload',
  ...uploadForm('untrained', await makeProjectZip({ id: 'untrained' })),
});

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const WAV = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEfmt '), Buffer.alloc(40)]);

async function ask(id: string, fields: Readonly<Record<string, string>> = {}, content: Buffer = JPEG, field = 'image') {
  const response = await app.inject({
    method: 'POST',
    url: '/inference_image',
    ...multipart([
      [field, { content, filename: 'photo.jpg', type: 'image/jpeg' }],
      ['project_id', id],
      ...Object.entries(fields),
    ]),
  });
  assert.deepEqual(readdirSync(join(config.projectsDir, '.incoming')), [], 'the photo is not kept');
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

test('an answer has the form old clients read, and what is new beside it', async () => {
  const { status, body } = await ask('photos', { type: 'classification' });
  assert.equal(status, 200);
  assert.deepEqual(Object.entries(body['probs'] as object), Object.entries(probs));
  assert.deepEqual(body, {
    result: 'OK',
    prediction: 'Cat',
    prob: 0.98,
    probs,
    board: { prediction: 'Dog', prob: 0.6, probs: { Dog: 0.6 } },
  });
  const { file, ...request } = asked.at(-1) ?? ({} as InferenceRequest);
  assert.deepEqual(request, {
    model: join(config.projectsDir, 'photos', 'output'),
    type: 'classification',
    board: true,
  });
  assert.ok(file.startsWith(join(config.projectsDir, '.incoming')));
});

test('an answer that is none of the labels says so, for each network', async () => {
  more = { unknown: true };
  const { body } = await ask('photos', { type: 'classification' });
  more = {};
  assert.equal(body['unknown'], true);
  assert.equal((body['board'] as { unknown?: boolean }).unknown, true);
});

test("the fields decide what is asked; without a type it is the project's", async () => {
  await ask('boxes', { threshold: '0.25', board: '0' });
  assert.deepEqual([asked.at(-1)?.type, asked.at(-1)?.threshold, asked.at(-1)?.board], ['detection', 0.25, false]);
  assert.equal((await ask('words', { type: 'voice' }, WAV, 'audio')).status, 200);
  assert.equal(asked.at(-1)?.type, 'voice');
});

const REFUSED: readonly (readonly [what: string, status: number, code: string, () => ReturnType<typeof ask>])[] = [
  ['an unknown project', 404, 'project_not_found', () => ask('none')],
  ['a project id that is no name', 400, 'project_id_invalid', () => ask('../x')],
  ['no model yet', 409, 'model_missing', () => ask('untrained')],
  ["another type than the project's", 400, 'inference_field', () => ask('photos', { type: 'detection' })],
  ['a threshold that is none', 400, 'inference_field', () => ask('boxes', { threshold: 'NaN' })],
  ['a threshold too high', 400, 'inference_field', () => ask('boxes', { threshold: '1.5' })],
  ['a board that is none', 400, 'inference_field', () => ask('photos', { board: 'maybe' })],
  [
    'an SVG named as a photo',
    415,
    'media_type',
    () => ask('photos', {}, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')),
  ],
  ['a sound for photos', 415, 'media_type', () => ask('photos', {}, WAV)],
  ['a photo for sounds', 415, 'media_type', () => ask('words', {}, JPEG)],
  ['an empty file', 400, 'media_missing', () => ask('photos', {}, Buffer.alloc(0))],
  ['a file under another name', 400, 'media_missing', () => ask('photos', {}, JPEG, 'picture')],
  [
    'a file that is too large',
    413,
    'media_too_large',
    () => ask('photos', {}, Buffer.concat([JPEG, Buffer.alloc(25_000_000)])),
  ],
  ['a broken photo', 422, 'not_an_image', () => ask('photos', { threshold: '0.9' })],
];

for (const [what, status, code, request] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const { status: answered, body } = await request();
    assert.deepEqual([answered, body['result'], body['code']], [status, 'FAIL', code]);
  });
}

test('while a training runs its quick first model answers, if it is newer than the finished one', async () => {
  training = { id: 'j1' } as Job;
  const instant = join(config.projectsDir, 'photos', 'jobs', 'j1', 'instant');
  await ask('photos');
  assert.equal(asked.at(-1)?.model, join(config.projectsDir, 'photos', 'output'));
  await mkdir(instant, { recursive: true });
  await writeFile(join(instant, 'model.pth'), 'x');
  await utimes(join(config.projectsDir, 'photos', 'output', 'model.pth'), 1000, 1000);
  await ask('photos');
  assert.equal(asked.at(-1)?.model, instant);
  await utimes(join(instant, 'model.pth'), 500, 500);
  await ask('photos');
  assert.equal(asked.at(-1)?.model, join(config.projectsDir, 'photos', 'output'));
  await mkdir(join(config.projectsDir, 'untrained', 'jobs', 'j1', 'instant'), { recursive: true });
  await writeFile(join(config.projectsDir, 'untrained', 'jobs', 'j1', 'instant', 'model.pth'), 'x');
  assert.equal((await ask('untrained')).status, 200);
  training = undefined;
});

test('a client that leaves lets the worker know, and each address asks for itself', async () => {
  const leaving = new AbortController();
  const left = new Promise<string>((resolve) => {
    onAsk = async ({ client, signal }) => {
      signal?.addEventListener('abort', () => resolve(client));
      leaving.abort();
      await new Promise<void>((go) => signal?.addEventListener('abort', () => go()));
      throw signal?.reason;
    };
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const form = new FormData();
  form.append('project_id', 'photos');
  form.append('image', new Blob([JPEG]), 'photo.jpg');
  await assert.rejects(fetch(`${base}/inference_image`, { method: 'POST', body: form, signal: leaving.signal }), {
    name: 'AbortError',
  });
  assert.equal(await left, '/127.0.0.1');
  await until(() => readdirSync(join(config.projectsDir, '.incoming')).length === 0, 60_000, 'the photo is discarded');
  onAsk = async () => undefined;
});
