import assert from 'node:assert/strict';
import test from 'node:test';
import { sharedProject } from '../helpers/shared-projects.ts';
import { startWalk } from '../helpers/walk.ts';

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
