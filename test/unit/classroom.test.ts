import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Classrooms } from '../../src/classroom/classroom.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { catalogue } from '../../src/messages/sentence.ts';
import { createSampleIndex } from '../../src/samples/sample-index.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { inEnglish } from '../helpers/person.ts';

test('a class is kept while somebody looks at it now and then, and read anew after nobody did', async (t) => {
  const { store } = await makeStore();
  await uploadTo(store, { workspace: '', id: 'p' });
  const bus = createEventBus({ catalogue });
  let lists = 0;
  const classrooms = new Classrooms({
    projectsDir: store.paths({ workspace: '', id: 'p' }).root,
    store: {
      ...store,
      list(workspace) {
        lists += 1;
        return store.list(workspace);
      },
    },
    jobs: idleJobs(),
    bus,
    samples: createSampleIndex(store.paths),
    report: assert.ifError,
    forgetMs: 1000,
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const readsAfter = async (ms: number) => {
    t.mock.timers.tick(ms);
    assert.equal((await classrooms.look(inEnglish)).projects.length, 1);
    return lists;
  };
  assert.deepEqual([await readsAfter(0), await readsAfter(900), await readsAfter(900)], [1, 1, 1]);
  assert.equal(await readsAfter(1000), 2);
  classrooms.endStreams();
  bus.endStreams();
  bus.close();
});
