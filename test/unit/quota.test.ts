import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { createUsageMeter } from '../../src/projects/usage.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { nearParams, quotaState, refusalOfTraining, refusalOfUpload } from '../../src/projects/quota.ts';

const MB = 1_000_000;
const LIMITS = { bytes: 10 * MB, projects: 5 };
const upload = { bytes: MB, freedBytes: 0, isNew: true };

test('an upload is taken up to the limit, and not beyond', () => {
  const refusal = (used: number, growth = upload) =>
    refusalOfUpload({ bytes: used, projects: 1 }, growth, LIMITS)?.code;
  assert.deepEqual([refusal(9 * MB), refusal(9 * MB + 1)], [undefined, 'quota_bytes']);
  assert.equal(refusal(10 * MB, { bytes: 2 * MB, freedBytes: 2 * MB, isNew: false }), undefined);
});

test('where there is too much already, what makes a project smaller is taken: it is the way out', () => {
  const used = { bytes: 20 * MB, projects: 9 };
  const refusal = (bytes: number) => refusalOfUpload(used, { bytes, freedBytes: 3 * MB, isNew: false }, LIMITS)?.code;
  assert.deepEqual([refusal(2 * MB), refusal(4 * MB)], [undefined, 'quota_bytes']);
});

test('the refusal of an upload says what it needs, and both figures together are more than the limit', () => {
  for (const [used, needed] of [
    [5.01, 5.0],
    [6.4, 3.7],
    [9.99, 0.02],
  ] as const) {
    const growth = { bytes: (needed + 1) * MB, freedBytes: MB, isNew: false };
    const refused = refusalOfUpload({ bytes: used * MB, projects: 1 }, growth, LIMITS);
    const [more, taken, most] = [...(refused?.in('en') ?? '').matchAll(/\d+(?= MB| of)/g)].map(([digits]) =>
      Number(digits),
    );
    assert.ok((more ?? 0) + (taken ?? 0) > (most ?? Infinity), refused?.in('en'));
  }
  assert.match(refusalOfTraining({ bytes: 11 * MB, projects: 1 }, LIMITS)?.in('th') ?? '', /ไม่มีที่เก็บเหลือแล้ว/);
  assert.match(
    refusalOfTraining({ bytes: 11 * MB, projects: 1 }, LIMITS)?.in('en') ?? '',
    /no room left: its projects/,
  );
});

test('a training needs room; how many projects there are does not matter to it', () => {
  const refusal = (bytes: number) => refusalOfTraining({ bytes, projects: 99 }, LIMITS)?.code;
  assert.deepEqual([refusal(10 * MB - 1), refusal(10 * MB)], [undefined, 'quota_bytes']);
  assert.equal(refusalOfTraining({ bytes: 99 * MB, projects: 1 }, { bytes: undefined, projects: 5 }), undefined);
});

test('from 80 % of either limit on it is near, and from the whole on full; the sentence names those that are near', () => {
  const at = (bytes: number, projects: number) => quotaState({ bytes: bytes * MB, projects }, LIMITS);
  const levels = [at(7.9, 3), at(8, 3), at(1, 4), at(10, 1), at(1, 5)].map(({ level }) => level);
  assert.deepEqual(levels, ['ok', 'near', 'near', 'full', 'full']);
  assert.equal(nearParams(at(7.9, 3)), undefined);
  assert.deepEqual(nearParams(at(8, 3)), { used_mb: 8, max_mb: 10 });
  assert.deepEqual(nearParams(at(1, 4)), { projects: 4, max_projects: 5 });
  assert.equal(quotaState({ bytes: 1e15, projects: 1e6 }, { bytes: undefined, projects: undefined }).level, 'ok');
});

test('a project that changes while it is measured is measured again', async () => {
  const folder = await tempDir();
  const ref = { workspace: '', id: 'p' };
  const meter = createUsageMeter({ ids: async () => ['p'], rootOf: () => folder });
  await writeFile(`${folder}/a`, 'x'.repeat(10));
  const first = meter.of('');
  // it has begun, and may have passed this file already
  await new Promise((resolve) => setImmediate(resolve));
  meter.changed(ref);
  await first;
  await writeFile(`${folder}/a`, 'x'.repeat(30));
  assert.deepEqual(await meter.of(''), { bytes: 30, projects: 1 });
  await writeFile(`${folder}/a`, 'x'.repeat(50));
  assert.equal((await meter.of('')).bytes, 30, 'and not again before somebody says that it has changed');
});
