import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClassState } from '../../src/classroom/class-state.ts';
import { encodeChanges } from '../../src/classroom/messages.ts';
import { viewOf } from '../../src/classroom/view.ts';
import { person } from '../helpers/person.ts';

/** The class knows one project, whose it is. */
function setOwner(state: ClassState, name: string): void {
  const ref = { workspace: '', id: 'p0' };
  const settings = { name: 'p0', type: 'IMAGE_CLASSIFICATION', board: 'kidbright-mai', labels: [], files: 1 } as const;
  state.set({
    project: { ref, ...settings, uploadedBy: '', uploadedAt: 1 },
    belonging: { owner: { names: [name], confirmed: true }, addresses: new Set() },
    counts: new Map(),
    samples: 1,
    stage: 0,
    view: undefined,
    report: undefined,
    curve: [],
  });
}

test('a pupil is sent what becomes theirs whole, then its progress, and its end once', () => {
  const state = new ClassState();
  const known = new Set<string>();
  const view = viewOf(person({ role: 'pupil', name: 'Ann' }), 'en');
  const sentAfter = (name: string, kind: 'project' | 'progress') => {
    setOwner(state, name);
    const text = encodeChanges(state, 's', [{ kind, id: 'p0', points: [], version: 1 }], view, known);
    return [...text.matchAll(/"event":"(\w+)"/g)].map(([, event]) => event);
  };
  assert.deepEqual(sentAfter('Ben', 'progress'), [], 'not theirs');
  assert.deepEqual(sentAfter('Ann', 'progress'), ['project']);
  assert.deepEqual(sentAfter('Ann', 'progress'), ['progress']);
  assert.deepEqual(sentAfter('Ben', 'project'), ['removed']);
  assert.deepEqual(sentAfter('Ben', 'project'), []);
  assert.deepEqual(sentAfter('Ann', 'progress'), ['project'], 'theirs again');
});
