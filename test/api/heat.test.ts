import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import type { InferenceRequest } from '../../src/models/inference/request.ts';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';

it('the heat map of a photo is asked of the newest model, for a photo of the project alone', async () => {
  const asked: InferenceRequest[] = [];
  const answer = { label: 'Cat', prob: 0.9, grid: [[0, 1]] };
  const worker = {
    ask: async (request: InferenceRequest) => {
      asked.push(request);
      return answer;
    },
    close: async () => undefined,
  };
  const { app, config } = await buildTestApp({}, { worker });
  await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p', await makeProjectZip({ id: 'p' })) });
  const heatOf = (sample: string) => app.inject(`/projects/p/samples/${sample}/heat`);
  const sample = sampleIdOf('dataset/Cat/0.jpg');
  const none = await heatOf(sample);
  assert.deepEqual([none.statusCode, none.json<{ code: string }>().code], [409, 'model_missing']);
  const output = join(config.projectsDir, 'p', 'output');
  await mkdir(output);
  await writeFile(join(output, 'model.pth'), '');
  assert.deepEqual((await heatOf(sample)).json(), answer);
  const file = join(config.projectsDir, 'p', 'dataset', 'Cat', '0.jpg');
  assert.deepEqual(asked, [{ model: output, file, type: 'classification', board: false, heat: true }]);
  for (const [other, status] of [
    [sampleIdOf('project.json'), 404],
    ['..%2Fproject.json', 400],
  ] as const)
    assert.equal((await heatOf(other)).statusCode, status, other);
  assert.equal(asked.length, 1);
});

it('of boxes or sounds it is refused before anybody is told to train for it', async () => {
  const { app } = await buildTestApp();
  for (const [type, file] of [
    ['OBJECT_DETECTION', 'dataset/JPEGImages/1.jpg'],
    ['VOICE_CLASSIFICATION', 'dataset/sound/Cat/1.wav'],
  ] as const) {
    const zip = await makeProjectZip({ id: 'p', type, members: { [file]: 'x' } });
    await app.inject({ method: 'POST', url: '/upload', ...uploadForm('p', zip) });
    const answer = await app.inject(`/projects/p/samples/${sampleIdOf(file)}/heat`);
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [422, 'heat_of_labels_only'], type);
    assert.match(answer.json<{ reason: string }>().reason, /photos with labels only/);
  }
});
