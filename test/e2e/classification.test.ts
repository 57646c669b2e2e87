import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { sharedProject } from '../helpers/shared-projects.ts';
import { startWalk } from '../helpers/walk.ts';

const OUTPUT = [
  'labels.txt',
  'model.bin',
  'model.onnx',
  'model.param',
  'model.pth',
  'model.zip',
  'model_int8.bin',
  'model_int8.param',
  'model_opt.bin',
  'model_opt.param',
  'model_opt.table',
  'report.json',
];

test('generated pictures become a model for the board, over HTTP, as the IDE does it', async (t) => {
  const walk = await startWalk('th');
  t.after(() => walk.close());
  const project = await makeSampleProject('shapes', 8, 1);

  assert.deepEqual(await walk.ide.upload(project.id, project.zip), { result: 'success' });
  assert.equal((await walk.ide.train(project.id, { modelType: 'mobilenet-10', epochs: 1 })).result, 'OK');
  const end = await walk.waitFor('train_end', 120_000);
  assert.match(end.msg ?? '', /[\u0E00-\u0E7F]/, 'a Thai browser reads Thai');
  assert.equal((await walk.ide.ping()).stage, 3);
  assert.equal((await walk.ide.convert(project.id)).result, 'OK');
  assert.equal((await walk.ide.ping()).stage, 5);

  const names = walk.events.map((event) => event.event);
  assert.equal(names.filter((name) => name === 'initial').length, 1);
  assert.ok(names.indexOf('initial') < names.indexOf('epoch_start'));
  assert.ok(names.includes('convert_model_end'));
  const files = await readdir(join(walk.projectsDir, project.id, 'output'));
  assert.deepEqual(
    OUTPUT.filter((file) => !files.includes(file)),
    [],
  );
  assert.match((await walk.ide.output(project.id, 'model_int8.param')).toString('utf8'), /^7767517\n/);
  assert.ok((await walk.ide.output(project.id, 'model_int8.bin')).length > 1000);
  assert.equal((await walk.ide.download(project.id)).subarray(0, 2).toString(), 'PK');
});

const dogCat = sharedProject('dog_cat');
test('dog_cat: one epoch of efficientnet-lite0, and an answer for a photo', { skip: dogCat.skip }, async (t) => {
  const walk = await startWalk();
  t.after(() => walk.close());
  assert.equal((await walk.ide.upload('dogcat', dogCat.zip!)).result, 'success');
  assert.equal((await walk.ide.train('dogcat', { modelType: 'efficientnet-lite0', epochs: 1 })).result, 'OK');
  await walk.waitFor('instant_model', 120_000);
  const end = await walk.waitFor('train_end', 180_000);
  assert.ok((end['value'] as number) >= 85, `accuracy on the held-back photos is ${String(end['value'])} %`);
  assert.equal((await walk.ide.convert('dogcat')).result, 'OK');
  const converted = await walk.waitFor('convert_model_end', 1000);
  assert.ok((converted['agreement'] as number) >= 90, `agreement is ${String(converted['agreement'])} %`);
});
