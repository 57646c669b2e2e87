import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const ref = { workspace: '', id: 'p1' };
const MOVES = ['dataset', 'dataset.json', 'project.json', 'upload.json'];

/** A project as a crash leaves it: the old upload in place, the next one committed, and `moved` of its members moved. */
async function crashed(moved: number, isOldGone: boolean, nextHasDatasetJson: boolean): Promise<string> {
  const { store: next, dir: nextDir } = await makeStore();
  await uploadTo(next, ref, {
    labels: ['New'],
    filesPerLabel: 1,
    ...(nextHasDatasetJson ? {} : { without: ['dataset.json'] }),
  });
  const { store, dir } = await makeStore(await tempDir());
  await uploadTo(store, ref, { labels: ['Old'], filesPerLabel: 1 });
  cpSync(join(nextDir, 'p1'), join(dir, 'p1', '.next-upload'), { recursive: true });
  for (const [index, member] of MOVES.entries()) {
    const [from, to] = [join(dir, 'p1', '.next-upload', member), join(dir, 'p1', member)];
    if (index < moved || (index === moved && isOldGone)) rmSync(to, { recursive: true, force: true });
    if (index < moved && existsSync(from)) renameSync(from, to);
  }
  return dir;
}

for (const nextHasDatasetJson of [true, false]) {
  for (let moved = 0; moved <= MOVES.length; moved += 1) {
    for (const isOldGone of [false, true]) {
      const when = `${moved} members moved, ${isOldGone ? 'the next old one gone, ' : ''}${nextHasDatasetJson ? 'with' : 'without'} a dataset.json`;
      test(`a crash in the middle of a commit is finished (${when})`, async () => {
        const dir = await crashed(moved, isOldGone, nextHasDatasetJson);
        const { store } = await makeStore(dir);
        assert.deepEqual((await store.read(ref)).labels, ['New']);
        assert.deepEqual(
          readdirSync(join(dir, 'p1')).sort(),
          MOVES.filter((name) => nextHasDatasetJson || name !== 'dataset.json').sort(),
        );
        assert.deepEqual(readdirSync(join(dir, 'p1', 'dataset')), ['New']);
      });
    }
  }
}

test('an upload that was not committed is gone without trace at the next start', async () => {
  const { store, dir } = await makeStore();
  await uploadTo(store, ref, { labels: ['Old'] });
  await mkdir(join(dir, '.incoming', 'x', 'upload', 'dataset'), { recursive: true });
  await mkdir(join(dir, '.trash', 'y'), { recursive: true });
  await mkdir(join(dir, 'p2'));
  await makeStore(dir);
  assert.deepEqual(readdirSync(dir).sort(), ['p1']);
});

test('an output is the old or the new one, whenever the crash came', async () => {
  for (const isOldGone of [false, true]) {
    const { store, dir } = await makeStore();
    await uploadTo(store, ref);
    const { output, nextOutput } = store.paths(ref);
    if (!isOldGone) {
      await mkdir(output);
      await writeFile(join(output, 'old'), '');
    }
    await mkdir(nextOutput);
    await writeFile(join(nextOutput, 'new'), '');
    await makeStore(dir);
    assert.deepEqual(readdirSync(output), ['new']);
  }
});

test('a replaced model is kept whole with its training, whenever the crash came', async () => {
  const origin = (jobId: string) => JSON.stringify({ jobId, finishedAt: 1 });
  for (const step of ['nothing moved', 'an older one gone', 'the old one moved']) {
    const { store, dir } = await makeStore();
    await uploadTo(store, ref);
    const { output, nextOutput, jobPaths } = store.paths(ref);
    const { model } = jobPaths('job-1');
    const old = step === 'the old one moved' ? model : output;
    for (const folder of [old, nextOutput, ...(step === 'nothing moved' ? [model] : [])])
      await mkdir(folder, { recursive: true });
    await mkdir(jobPaths('job-1').root, { recursive: true });
    await writeFile(join(old, 'origin.json'), origin('job-1'));
    await writeFile(join(old, 'model.pth'), 'old');
    if (step === 'nothing moved') await writeFile(join(model, 'stale'), '');
    await writeFile(join(nextOutput, 'origin.json'), origin('job-2'));
    await makeStore(dir);
    assert.deepEqual([readdirSync(output), readdirSync(model).sort()], [['origin.json'], ['model.pth', 'origin.json']]);
    assert.equal(readFileSync(join(output, 'origin.json'), 'utf8'), origin('job-2'));
  }
});

test('the record of an upload survives a restart', async () => {
  const { store, dir } = await makeStore();
  const project = await uploadTo(store, ref, {}, '10.1.1.1');
  const { store: again } = await makeStore(dir);
  assert.deepEqual(await again.read(ref), project);
  assert.equal(JSON.parse(readFileSync(join(dir, 'p1', 'upload.json'), 'utf8')).address, '10.1.1.1');
});
