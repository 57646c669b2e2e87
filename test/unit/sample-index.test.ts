import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSampleIndex } from '../../src/samples/sample-index.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';

test('of projects without photos only so many are kept in memory', async () => {
  const { store } = await makeStore();
  const index = createSampleIndex(store.paths, 100);
  const labels = Array.from({ length: 30 }, (_, number) => `label ${number}`);
  const empty = (id: string) => uploadTo(store, { workspace: '', id }, { labels, filesPerLabel: 0 });
  const first = await empty('first');
  const before = await index.of(first);
  assert.equal(await index.of(first), before);
  for (const id of ['second', 'third', 'fourth']) await index.of(await empty(id));
  assert.notEqual(await index.of(first), before);
});
