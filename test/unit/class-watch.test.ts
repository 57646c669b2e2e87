import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClassState, type NumberedChange } from '../../src/classroom/class-state.ts';
import { ClassWatch } from '../../src/classroom/class-watch.ts';
import { growCurve, thinned } from '../../src/classroom/curve.ts';
import type { Entry } from '../../src/classroom/entry.ts';
import { encodeChanges, versionIn, versionText } from '../../src/classroom/messages.ts';
import type { Card, ServerState } from '../../src/classroom/schemas.ts';
import { longestWaiting, stuckBy } from '../../src/classroom/stuck.ts';
import { job } from '../helpers/job.ts';
import { inEnglish } from '../helpers/person.ts';

const SERVER: ServerState = {
  device: 'CPU',
  backend: 'none',
  slots: 1,
  free_slots: 0,
  waiting: 0,
  disk_free: 1e9,
  disk_full: false,
  quota: null,
  ide: { streams: 0, addresses: [] },
};

function entryOf(id: string, view?: Entry['view']): Entry {
  const ref = { workspace: '', id };
  const settings = { name: id, type: 'IMAGE_CLASSIFICATION' as const, board: 'kidbright-mai', labels: ['Cat'] };
  const project = { ref, ...settings, trainConfig: {}, files: 1, uploadedBy: '', uploadedAt: 1 };
  const belonging = { owner: { names: [], confirmed: false }, addresses: new Set<string>() };
  return {
    project,
    belonging,
    counts: new Map([['Cat', 1]]),
    samples: 1,
    stage: 2,
    view,
    report: undefined,
    curve: [],
  };
}

const waiting = (id: string, createdAt: number): Entry => {
  const { project } = entryOf(id);
  return entryOf(id, { job: job(`job-${id}`, 'waiting', { ref: project.ref, createdAt }), outlook: {} });
};

describe('who is stuck', () => {
  const going = { state: 'completed', samples: 9, sameAnswer: null, waitsLongest: false } as const;
  const cases: readonly (readonly [Partial<Parameters<typeof stuckBy>[0]>, Card['stuck']])[] = [
    [{}, null],
    [{ state: 'failed' }, 'failed'],
    [{ state: 'failed', samples: 0 }, 'no_samples'],
    [{ sameAnswer: 'Cat' }, 'same_answer'],
    [{ sameAnswer: 'Cat', state: 'active' }, null],
    [{ sameAnswer: 'Cat', state: 'waiting' }, null],
    [{ state: 'waiting' }, null],
    [{ state: 'waiting', waitsLongest: true }, 'waits'],
  ];
  for (const [change, stuck] of cases)
    it(`${JSON.stringify(change)}: ${stuck}`, () => assert.equal(stuckBy({ ...going, ...change }), stuck));

  it('the one who waits longest is named only where several wait', () => {
    const a = { id: 'a', state: 'waiting', since: 5 } as const;
    const b = { id: 'b', state: 'waiting', since: 3 } as const;
    assert.equal(longestWaiting([a]), undefined);
    assert.equal(longestWaiting([a, { ...b, state: 'active' }]), undefined);
    assert.equal(longestWaiting([a, b]), 'b');
  });
});

describe('a curve', () => {
  it('is thinned to a hundred points, its ends among them', () => {
    const points = Array.from({ length: 1000 }, (_, index) => ({ epoch: index + 1 }));
    const few = thinned(points);
    assert.deepEqual([few.length, few[0]?.epoch, few.at(-1)?.epoch], [100, 1, 1000]);
    assert.deepEqual(thinned(points.slice(0, 100)), points.slice(0, 100));
  });

  it('has an epoch once that a resumed training sends again', () => {
    const curve = growCurve('job');
    for (const [epoch, loss] of [[2, 3] as const, [1, 4] as const, [2, 1] as const]) curve.add({ epoch, loss });
    assert.deepEqual(curve.points(), [
      { epoch: 1, loss: 4 },
      { epoch: 2, loss: 1 },
    ]);
  });
});

describe('the state of a class', () => {
  it('knows what has changed since each version, each project once', () => {
    const state = new ClassState();
    for (const id of ['a', 'b', 'a', 'c']) state.set(entryOf(id));
    state.remove('c');
    state.advance('b', undefined, [{ epoch: 1 }]);
    const since = (version: number) =>
      state.since(version)?.map((change) => ('id' in change ? change.id : change.kind));
    assert.deepEqual(since(0), ['a', 'c', 'b']);
    assert.deepEqual(since(4), ['c', 'b']);
    assert.deepEqual(since(6), []);
    assert.equal(since(7), undefined);
    assert.deepEqual(state.card('b', 'en')?.curve, [{ epoch: 1 }]);
  });

  it('sends whoever missed more deletions than it remembers to the beginning', () => {
    const state = new ClassState();
    for (let count = 0; count < 1001; count += 1) {
      state.set(entryOf(`p${count}`));
      state.remove(`p${count}`);
    }
    assert.equal(state.since(1), undefined);
    assert.equal(state.since(2)?.length, 1000);
  });

  it('changes both cards when somebody else waits longest', () => {
    const state = new ClassState();
    for (const entry of [waiting('a', 1), waiting('b', 2), waiting('c', 3)]) state.set(entry);
    assert.equal(state.updateLongest().length, 1);
    assert.equal(state.card('a', 'en')?.stuck, 'waits');
    state.remove('a');
    assert.deepEqual(
      state.updateLongest().map((change) => 'id' in change && change.id),
      ['b'],
    );
    assert.deepEqual([state.card('b', 'en')?.stuck, state.updateLongest()], ['waits', []]);
  });

  it('names its versions by the start of the server', () => {
    assert.equal(versionIn('abc', versionText('abc', 7)), 7);
    for (const id of [versionText('abd', 7), '7', 'abc-', 'abc--1', undefined])
      assert.equal(versionIn('abc', id), undefined);
  });
});

describe('following a class', () => {
  const follow = async (count: number) => {
    const sent: (readonly NumberedChange[])[] = [];
    const read: string[] = [];
    /** Whose newest job was looked up. */
    const asked: string[] = [];
    const reported: unknown[] = [];
    const ids = Array.from({ length: count }, (_, index) => `p${index}`);
    const outlook: { etaS?: number; position?: number } = {};
    const viewOf = (id: string) => {
      const { view = assert.fail() } = waiting(id, 1);
      return { ...view, outlook: { ...outlook } };
    };
    const watch = new ClassWatch({
      workspace: '',
      entries: {
        read: async ({ id }) => {
          read.push(id);
          if (id === 'unreadable') throw new Error('EIO');
          return id === 'gone' ? undefined : waiting(id, 1);
        },
        curveOf: (_ref, jobId) => growCurve(jobId),
        forget: () => undefined,
      },
      list: async () => ids.map((id) => ({ ref: { workspace: '', id } })),
      newestOf: (refs) => {
        asked.push(...refs.map(({ id }) => id));
        return refs.map(({ id }) => viewOf(id));
      },
      server: async () => SERVER,
      onChanges: (changes) => sent.push(changes),
      report: (error) => void reported.push(error),
    });
    await watch.upToDate();
    return { watch, sent, read, asked, ids, reported, outlook };
  };
  const ref = (id: string) => ({ workspace: '', id });

  it('forty projects with ten events each are forty messages, and nothing is read from the disk for them', async () => {
    const { watch, sent, read, ids } = await follow(40);
    for (let epoch = 1; epoch <= 10; epoch += 1)
      for (const id of ids) {
        const place = { seq: epoch, time: epoch };
        watch.noteEvents(ref(id), `job-${id}`, [
          { ...place, event: 'epoch_start', epoch },
          { ...place, event: 'batch_end', batch: 1 },
          { ...place, event: 'epoch_end', epoch, matric: { val_acc: epoch } },
        ]);
      }
    await watch.upToDate();
    watch.close();
    assert.deepEqual([sent.length, sent[0]?.length, read.length], [1, 40, 40]);
    assert.deepEqual([...new Set(sent[0]?.map(({ kind }) => kind))], ['progress']);
    assert.equal(watch.state.card('p7', 'en')?.curve.length, 10);
    const text = encodeChanges(watch.state, 's', sent[0] ?? [], inEnglish);
    assert.equal(text.match(/"event":"progress"/g)?.length, 40);
  });

  it('steps within an epoch are no news, nor is a queue that moved nobody', async () => {
    const { watch, sent, asked } = await follow(3);
    watch.noteEvents(ref('p0'), 'job-p0', [{ seq: 1, time: 1, event: 'batch_end', batch: 1 }]);
    await watch.upToDate();
    assert.deepEqual(asked, []);
    watch.noteChange(undefined);
    await watch.upToDate();
    watch.close();
    assert.deepEqual(sent, []);
  });

  it('another position is sent, and another time left once it differs by a tenth', async () => {
    const { watch, sent, outlook } = await follow(1);
    const changesAfter = async (now: typeof outlook) => {
      Object.assign(outlook, now);
      sent.length = 0;
      watch.noteChange(undefined);
      await watch.upToDate();
      return sent.flat().map(({ kind }) => kind);
    };
    assert.deepEqual(await changesAfter({ position: 2 }), ['progress']);
    assert.deepEqual(await changesAfter({ etaS: 100 }), ['progress']);
    assert.deepEqual(await changesAfter({ etaS: 105 }), []);
    assert.deepEqual(await changesAfter({ etaS: 111 }), ['progress']);
    assert.deepEqual(await changesAfter({ position: 1 }), ['progress']);
    watch.close();
  });

  it('a project that the disk does not give now stays as it was, and the others go on', async () => {
    const { watch, sent, reported } = await follow(2);
    watch.state.set(entryOf('unreadable'));
    watch.noteChange(ref('unreadable'));
    watch.noteChange(ref('p1'));
    await watch.upToDate();
    watch.close();
    assert.deepEqual(
      sent.flat().map((change) => 'id' in change && change.id),
      ['p1'],
    );
    assert.deepEqual([reported.length, watch.state.get('unreadable')?.samples], [1, 1]);
  });

  it('a project that cannot be read any more is removed', async () => {
    const { watch, sent } = await follow(1);
    watch.state.set(entryOf('gone'));
    watch.noteChange(ref('gone'));
    await watch.upToDate();
    watch.close();
    assert.deepEqual(
      sent.flat().map(({ kind }) => kind),
      ['removed'],
    );
  });
});
