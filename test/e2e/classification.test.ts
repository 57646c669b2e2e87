import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
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
  'samples.json',
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
