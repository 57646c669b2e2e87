import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
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
  assert.equal(change.id, id);
  await assert.rejects(removeEdit(store, before, id), refusal('edit_not_found'));
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
