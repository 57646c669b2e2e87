import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Classrooms } from '../../src/classroom/classroom.ts';
import { createEventBus } from '../../src/events/bus.ts';
import { catalogue } from '../../src/messages/sentence.ts';
import type { QuotaState } from '../../src/projects/quota.ts';
import { createSampleIndex } from '../../src/samples/sample-index.ts';
import { STREAM_TIMES } from '../../src/time-limits.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { until } from '../helpers/until.ts';
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

test('whoever looks at a class hears of its room when nothing else has changed, and only then', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { store } = await makeStore();
  const bus = createEventBus({ catalogue });
  const room: QuotaState = { bytes: 1e6, projects: 1, maxBytes: 1e7, maxProjects: undefined, level: 'ok' };
  const quota = t.mock.fn(async () => room);
  const classrooms = new Classrooms({
    projectsDir: store.paths({ workspace: '', id: 'p' }).root,
    store: { ...store, quota },
    jobs: idleJobs(),
    bus,
    samples: createSampleIndex(store.paths),
    report: assert.ifError,
  });
  const reader = new AbortController();
  const onDrop = () => undefined;
  const stream = classrooms.stream({ view: inEnglish, lastEventId: undefined, signal: reader.signal, onDrop });
  let text = '';
  const reading = (async () => {
    for await (const chunk of stream) text += chunk;
  })();
  await until(() => text.includes('"bytes":1000000'), 10_000, 'the class');
  const asked = quota.mock.callCount();
  t.mock.timers.tick(STREAM_TIMES.keepAliveMs);
  await until(() => quota.mock.callCount() > asked, 10_000, 'a look at the room');
  quota.mock.mockImplementation(async () => ({ ...room, bytes: 9e6, level: 'near' }));
  t.mock.timers.tick(STREAM_TIMES.keepAliveMs);
  await until(() => text.includes('"bytes":9000000'), 10_000, 'the room as it is now');
  assert.deepEqual(
    [...text.matchAll(/"event":"(\w+)"/g)].map(([, event]) => event),
    ['class', 'server'],
  );
  reader.abort();
  await reading;
  classrooms.endStreams();
  bus.endStreams();
  bus.close();
});
