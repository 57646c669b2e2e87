import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardOf } from '../../src/classroom/entry.ts';
import { createEntryReader } from '../../src/classroom/read-entry.ts';
import { createSampleIndex } from '../../src/samples/sample-index.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';

test('of a project with a thousand long labels and huge settings a class keeps and shows little', async () => {
  const { store } = await makeStore();
  const reader = createEntryReader({
    store,
    jobs: { newestOf: () => [undefined], stageOf: async () => 0, audienceOf: () => new Set() },
    bus: { async *read() {} },
    samples: createSampleIndex(store.paths),
  });
  const ref = { workspace: '', id: 'huge' };
  const labels = Array.from({ length: 1000 }, (_, number) => String(number).padEnd(200, '\u0001'));
  await uploadTo(store, ref, { labels, filesPerLabel: 0, trainConfig: { code: 'x'.repeat(1_000_000) } });
  const entry = await reader.read(ref);
  assert.ok(entry !== undefined);
  const kept = JSON.stringify({ ...entry, counts: [...(entry.counts ?? [])] }).length;
  assert.ok(kept < 20_000, `${kept} characters are kept`);
  const card = cardOf(entry, false, 'en');
  assert.ok(JSON.stringify(card).length < 20_000);
  assert.deepEqual(
    card.labels.map(({ label }) => label),
    labels.toSorted().slice(0, card.labels.length),
  );
  assert.ok(card.labels.length >= 3);
});
