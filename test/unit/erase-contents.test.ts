import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { makeStore, uploadTo } from '../helpers/store.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

it('a deletion says which contents went, with the pictures that the IDE drew of a clip', async () => {
  const { store } = await makeStore();
  const members = {
    'dataset/sound/Cat/c1.wav': 'a clip',
    'dataset/mfcc/Cat/c1.jpg': 'drawn',
    'dataset/sound/Dog/copy.wav': 'a clip',
    'dataset/mfcc/Dog/copy.jpg': 'drawn of the copy',
    'dataset/mfcc/Cat/c2.jpg': 'another',
  };
  const ref = { workspace: '', id: 'sounds' };
  const project = await uploadTo(store, ref, { type: 'VOICE_CLASSIFICATION', filesPerLabel: 0, members });
  const { contents } = (await store.erase(project, 'dataset/sound/Cat/c1.wav', [])) ?? assert.fail('it was not there');
  assert.deepEqual(new Set(contents), new Set(['a clip', 'drawn', 'drawn of the copy'].map(sha256)));
});
