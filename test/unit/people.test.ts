import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError, projectNotFound } from '../../src/errors.ts';
import { createGuard } from '../../src/people/guard.ts';
import { confirmedOwner } from '../../src/people/ownership.ts';
import { createPeople } from '../../src/people/people.ts';
import { NOBODY, type Owner } from '../../src/projects/owner.ts';
import type { Project } from '../../src/projects/project.ts';
import { person } from '../helpers/person.ts';

const project = (id: string): Project => ({
  ref: { workspace: '7a', id },
  name: id,
  type: 'IMAGE_CLASSIFICATION',
  board: 'kidbright-mai',
  labels: [],
  trainConfig: {},
  files: 0,
  uploadedAt: Date.now() / 1000,
  uploadedBy: '10.0.0.1',
});
const pupil = (name: string) => person({ role: 'pupil', workspace: '7a', address: '10.0.0.1', name });

it('a project whose owner cannot be written down keeps no other one from its pupil', async () => {
  const owners = new Map<string, Owner>();
  const reported: unknown[] = [];
  const people = createPeople({
    store: {
      read: async ({ id }) => project(id),
      list: async () => ['a', 'b', 'c'].map(project),
      async changeOwner({ id }, change) {
        if (id === 'b') throw new Error('the disk says no');
        owners.set(id, change(owners.get(id) ?? NOBODY));
        return true;
      },
    },
    onChange: () => undefined,
    report: (error) => void reported.push(error),
  });
  await people.meet(pupil('Ann'));
  await people.meet(pupil('Ben'));
  assert.deepEqual([...owners.keys()], ['a', 'c']);
  assert.deepEqual(owners.get('c')?.names, ['Ann', 'Ben']);
  assert.equal(reported.length, 2);
});

it('whoever says whose a project is hears if it was deleted meanwhile', async () => {
  let isThere = true;
  const people = createPeople({
    store: {
      async read({ id }) {
        if (!isThere) throw projectNotFound(id);
        return project(id);
      },
      list: async () => [],
      changeOwner: async () => isThere,
    },
    onChange: () => undefined,
    report: assert.ifError,
  });
  const say = () => people.confirm({ workspace: '7a', id: 'p' }, confirmedOwner('Ann'));
  await say();
  isThere = false;
  await assert.rejects(say(), (error) => error instanceof AppError && error.code === 'project_not_found');
});

describe('whoever follows a project', () => {
  let reads = 0;
  let owner: Owner = { names: ['Ann'], confirmed: true };
  const guard = createGuard({
    store: {
      async read({ id }) {
        reads += 1;
        return project(id);
      },
      owner: async () => owner,
    },
    audienceOf: () => new Set(),
  });

  it('is looked at alone when they come, and not any more once they have left', async () => {
    const comers = Array.from({ length: 20 }, () => new AbortController());
    for (const { signal } of comers) guard.whileSeen(pupil('Ann'), 'p', signal);
    await guard.recheck({ workspace: '7a', id: 'p' });
    assert.equal(reads, 40);
    for (const comer of comers) comer.abort();
    guard.whileSeen(pupil('Ann'), 'p', AbortSignal.abort());
    await guard.recheck({ workspace: '7a', id: 'p' });
    assert.equal(reads, 40);
  });

  it('is ended if it became somebody else’s, at once or before they came', async () => {
    const { signal } = new AbortController();
    const [first, teacher] = [guard.whileSeen(pupil('Ann'), 'p', signal), guard.whileSeen(person(), 'p', signal)];
    await guard.recheck({ workspace: '7a', id: 'p' });
    assert.equal(first.aborted, false);
    owner = { names: ['Ben'], confirmed: true };
    const late = guard.whileSeen(pupil('Ann'), 'p', signal);
    await guard.recheck({ workspace: '7a', id: 'p' });
    assert.deepEqual([first.aborted, late.aborted, teacher.aborted], [true, true, false]);
  });
});
