import assert from 'node:assert/strict';
import test from 'node:test';
import yauzl from 'yauzl';
import type { InferenceAnswer } from '../../src/models/schemas.ts';
import { sharedProject } from '../helpers/shared-projects.ts';
import { startWalk } from '../helpers/walk.ts';

const project = sharedProject('mouse_logo_detect');

test('mouse_logo_detect: boxes drawn in the IDE become boxes of the board', { skip: project.skip }, async (t) => {
  const walk = await startWalk();
  t.after(() => walk.close());
  assert.equal((await walk.ide.upload('logos', project.zip!)).result, 'success');
  assert.equal((await walk.ide.train('logos', { epochs: 2 })).result, 'OK');
  const end = await walk.waitFor('train_end', 240_000);
  assert.equal(end['model'], 'slim_yolo_v2');
  const curve = walk.events
    .filter((event) => event.event === 'epoch_end')
    .map((event) => event['matric'] as Record<string, number>);
  assert.equal(curve.length, 2);
  assert.ok(curve[1]!['train_loss']! < curve[0]!['train_loss']!, `the loss falls: ${JSON.stringify(curve)}`);
  assert.equal((await walk.ide.convert('logos')).result, 'OK');
  assert.match((await walk.ide.output('logos', 'model_int8.param')).toString('utf8'), /^7767517\n/);

  const photo = await firstPhoto(project.zip!);
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg');
  form.append('project_id', 'logos');
  form.append('type', 'detection');
  form.append('threshold', '0');
  const answer = await fetch(`${walk.server.base}/inference_image`, { method: 'POST', body: form });
  const found = (await answer.json()) as InferenceAnswer;
  assert.equal(found.result, 'OK', JSON.stringify(found));
  const { boxes = [], board: { boxes: ofBoard = [] } = {} } = found;
  assert.ok(boxes.length > 0 && ofBoard.length > 0, 'with threshold 0 there are boxes');
  for (const box of [...boxes, ...ofBoard]) {
    assert.ok(box.x1 < box.x2 && box.y1 < box.y2 && box.x1 >= 0 && box.y1 >= 0, JSON.stringify(box));
    assert.ok(['mouse', 'sipeed_logo'].includes(box.label));
  }
});

function firstPhoto(zip: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(zip, { lazyEntries: true }, (error, file) => {
      if (error) return reject(error);
      file.on('entry', (entry: yauzl.Entry) => {
        if (!/JPEGImages\/.+\.jpg$/.test(entry.fileName)) return file.readEntry();
        file.openReadStream(entry, (failed, stream) => {
          if (failed) return reject(failed);
          const chunks: Buffer[] = [];
          stream
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => resolve(Buffer.concat(chunks)))
            .on('error', reject);
        });
      });
      file.readEntry();
    });
  });
}
