import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '../../src/errors.ts';
import type { Project } from '../../src/projects/project.ts';
import { addEdit, removeEdit } from '../../src/samples/edit-samples.ts';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { createSampleIndex } from '../../src/samples/sample-index.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';

const { store } = await makeStore();
const index = createSampleIndex(store.paths);
const sample = sampleIdOf('dataset/Cat/0.jpg');
const leaveOut = (project: Project) => addEdit({ store, index }, project, { sample, action: 'leave_out' });
const refusal = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('a change that an upload overtakes is about no photo of the new one', async () => {
  const ref = { workspace: '', id: 'overtaken' };
  const before = await uploadTo(store, ref);
  const { id } = await leaveOut(before);
  const now = await uploadTo(store, ref, { members: { 'dataset/Cat/0.jpg': 'another photo' } });
  await assert.rejects(leaveOut(before), refusal('sample_not_found'));
  assert.deepEqual(await store.edits(ref), []);
  const change = await leaveOut(now);
  assert.notEqual(change.id, id);
  await assert.rejects(removeEdit(store, before, change.id), refusal('edit_not_found'));
  assert.deepEqual(await store.edits(ref), [change]);
});

test('a change that the deletion of its project overtakes says so, and makes no folder', async () => {
  const ref = { workspace: '', id: 'deleted' };
  const before = await uploadTo(store, ref);
  const list = await index.of(before);
  const { root } = store.paths(ref);
  await store.remove(ref);
  const late = addEdit({ store, index: { of: async () => list } }, before, { sample, action: 'leave_out' });
  await assert.rejects(late, refusal('project_not_found'));
  assert.ok(!existsSync(root));
});

test('something else in the place of edits.json is set aside, and keeps nobody from a change', async () => {
  for (const [id, put] of [
    ['folder', (path: string) => mkdir(path)],
    ['garbage', (path: string) => writeFile(path, '{"edits":[{"id":"<script>"}]}')],
  ] as const) {
    const project = await uploadTo(store, { workspace: '', id });
    const path = store.paths(project.ref).edits;
    await put(path);
    const change = await leaveOut(project);
    assert.deepEqual(await store.edits(project.ref), [change], id);
    assert.ok(existsSync(`${path}.damaged`), id);
  }
});

test('changes that cannot be made, written by hand, leave the copy as the upload is', async () => {
  const { ref } = await uploadTo(store, { workspace: '', id: 'by-hand' }, { filesPerLabel: 2 });
  const own = store.paths(ref);
  const targets = ['dataset/Dog/0.jpg/x.jpg', 'dataset/Dog', 'dataset/../../out.jpg', '/etc/x', 'dataset/Dog/1.jpg'];
  const edits = targets.map((target, index) => ({ id: index + 1, file: 'dataset/Cat/0.jpg', target }));
  const moves = edits.map((edit) => ({ ...edit, action: 'move', label: 'Dog', at: 1 }));
  const outside = { id: 9, file: 'dataset/../upload.json', action: 'leave_out', at: 1 };
  await writeFile(own.edits, JSON.stringify({ edits: [...moves, outside] }));
  assert.equal((await store.edits(ref)).length, 6);
  await store.snapshot(ref, 'job');
  const { input } = own.jobPaths('job');
  assert.deepEqual(
    readdirSync(join(input, 'dataset'), { recursive: true }).sort(),
    readdirSync(own.dataset, { recursive: true }).sort(),
  );
  assert.ok(existsSync(own.upload));
});

test('two photos of one name that are moved to one label both get there', async () => {
  const members = { 'dataset/Cat/7.jpg': 'cat', 'dataset/Cow/7.jpg': 'cow', 'dataset/Dog/0.jpg': 'dog' };
  const ref = { workspace: '', id: 'namesakes' };
  const project = await uploadTo(store, ref, { labels: ['Cat', 'Cow', 'Dog'], filesPerLabel: 0, members });
  for (const label of ['Cat', 'Cow'])
    await addEdit({ store, index }, project, {
      sample: sampleIdOf(`dataset/${label}/7.jpg`),
      action: 'move',
      label: 'Dog',
    });
  await store.snapshot(ref, 'job');
  assert.equal(readdirSync(join(store.paths(ref).jobPaths('job').input, 'dataset/Dog')).length, 3);
});

test('a change never gets the number of another one, and later ones have larger numbers', async () => {
  const ref = { workspace: '', id: 'numbers' };
  const project = await uploadTo(store, ref, { filesPerLabel: 3 });
  const leave = (name: string) =>
    addEdit({ store, index }, project, { sample: sampleIdOf(`dataset/Cat/${name}`), action: 'leave_out' });
  const first = await leave('0.jpg');
  const second = await leave('1.jpg');
  await removeEdit(store, project, first.id);
  const third = await leave('2.jpg');
  assert.deepEqual(await store.edits(ref), [second, third]);
  assert.ok(first.id < second.id && second.id < third.id, 'also within a millisecond');
});
