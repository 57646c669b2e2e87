import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { createFinalize } from '../../src/jobs/run/finalize.ts';
import { createDurations, estimateWaits } from '../../src/jobs/domain/estimate.ts';
import type { Job, JobState } from '../../src/jobs/domain/job.ts';
import { createJobRegistry } from '../../src/jobs/job-registry.ts';
import { createJobIds } from '../../src/jobs/domain/job-id.ts';
import { createLatestUploads } from '../../src/jobs/domain/latest-uploads.ts';
import { judge } from '../../src/jobs/domain/outcome.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { planRetention } from '../../src/jobs/domain/retention-plan.ts';
import { planSlots } from '../../src/jobs/domain/slots.ts';
import { listGpus } from '../../src/jobs/gpus.ts';
import { createSubmissions, type SubmissionsOptions } from '../../src/jobs/submissions.ts';
import { inheritFrom, placeBehind, supersededBy } from '../../src/jobs/domain/succession.ts';
import { activate, end, interrupt, announced } from '../../src/jobs/domain/transition.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { tempDir } from '../helpers/temp-dir.ts';

function job(id: string, state: JobState = 'waiting', more: Partial<Job> = {}): Job {
  return {
    id,
    state,
    kind: 'train',
    ref: { workspace: '', id: 'p' },
    projectType: 'IMAGE_CLASSIFICATION',
    board: 'kidbright-mai',
    client: { workspace: '', address: '1' },
    owner: '1',
    inputOf: id,
    place: { round: 0, since: id },
    createdAt: 1,
    attempt: 0,
    ...more,
  };
}

describe('a job', () => {
  const ending = { state: 'completed', event: { event: 'train_end' } } as const;

  it('goes from waiting to active to its end', () => {
    const active = activate(job('j'), 5);
    assert.deepEqual([active.state, active.attempt, active.startedAt], ['active', 1, 5]);
    const done = end({ ...active, process: { pid: 1 } }, ending, 9);
    assert.deepEqual(
      [done.state, done.finishedAt, done.untold, done.process],
      ['completed', 9, { event: 'train_end' }, undefined],
    );
    assert.equal(announced(done).untold, undefined);
  });

  it('waits again when it was interrupted, and keeps its first start', () => {
    const again = activate(interrupt(activate(job('j'), 5)), 50);
    assert.deepEqual([again.attempt, again.startedAt], [2, 5]);
  });

  it('changes in no other way', () => {
    for (const state of ['completed', 'failed', 'cancelled'] as const) {
      assert.throws(() => activate(job('j', state), 1), /cannot become active/);
      assert.throws(() => end(job('j', state), ending, 1), /cannot become completed/);
    }
    assert.throws(() => end(job('j'), ending, 1));
    assert.throws(() => interrupt(job('j')));
  });
});

describe('the registry of jobs', () => {
  it('holds no job whose log could not be opened', () => {
    const full = () => assert.fail('ENOSPC');
    const files = { write: async () => undefined, read: async () => undefined, ids: async () => [] };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: full };
    const registry = createJobRegistry({ store, files, bus, onLogError: full });
    assert.throws(() => registry.enter(job('j')), /ENOSPC/);
    assert.deepEqual([registry.get('j'), registry.openOf({ workspace: '', id: 'p' })], [undefined, []]);
  });
});

describe('the end of a job', () => {
  it('is on disk before anybody is told, and says so until it is in the log', async () => {
    const steps: string[] = [];
    const log = {
      append: () => steps.push('told'),
      keepOpen: () => undefined,
      flush: () => steps.push('in the log'),
      finish: () => steps.push('streams end'),
    };
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: () => log };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    const files = {
      write: async ({ state, untold }: Job) => void steps.push(`on disk: ${state}${untold ? ', to be told' : ''}`),
      read: async () => undefined,
      ids: async () => [],
    };
    const registry = createJobRegistry({ store, files, bus, onLogError: () => undefined });
    registry.enter(job('j', 'active'));
    const finalize = createFinalize({ registry, bus, store, report: () => undefined });
    await finalize(job('j', 'active'), { state: 'completed', event: { event: 'train_end' } });
    assert.deepEqual(steps, [
      'on disk: completed, to be told',
      'told',
      'in the log',
      'streams end',
      'on disk: completed',
    ]);
  });
});

describe('a job whose project is deleted while its end is written', () => {
  it('does not come back', async () => {
    const log = { append: () => undefined, keepOpen: () => undefined, flush: () => undefined, finish: () => undefined };
    const bus = { ...createEventBus({ catalogue: loadCatalogue() }), register: () => log };
    const store = { paths: (ref: Job['ref']) => projectPaths('/nowhere', ref.workspace, ref.id) };
    for (const fails of [false, true]) {
      const files = {
        write: async () => {
          registry.remove('j');
          if (fails) throw new Error('ENOENT');
        },
        read: async () => undefined,
        ids: async () => [],
      };
      const registry = createJobRegistry({ store, files, bus, onLogError: () => undefined });
      registry.enter(job('j', 'active'));
      const finalize = createFinalize({ registry, bus, store, report: () => undefined });
      await finalize(job('j', 'active'), { state: 'completed', event: { event: 'train_end' } });
      assert.deepEqual([registry.get('j'), registry.ofWorkspace('')], [undefined, []]);
    }
  });
});

describe('a training that cannot be written', () => {
  it('leaves the one in the queue that it would have replaced', async () => {
    const root = await tempDir();
    const ref = { workspace: '', id: 'p' };
    const project = {
      ref,
      name: 'p',
      type: 'IMAGE_CLASSIFICATION',
      board: 'kidbright-mai',
      labels: [],
      trainConfig: {},
      files: 1,
      uploadedBy: '1',
      uploadedAt: 1,
    } as const;
    const store = {
      paths: () => projectPaths(root, '', 'p'),
      read: async () => project,
      snapshot: async () => ({ project, trainConfig: {} }),
    };
    const old = job('a');
    const registry = { openOf: () => [old], enter: () => assert.fail('it is not on disk') };
    const steps: string[] = [];
    const queue = { placeFor: () => old.place };
    const scheduler = {
      queue,
      isRunning: () => false,
      unqueue: (id: string) => steps.push(`out ${id}`) > 0,
      enqueue: ({ id }: Job) => void steps.push(`in ${id}`),
    };
    const submissions = createSubmissions({
      store,
      registry,
      scheduler,
      ids: { next: () => 'b' },
      files: {
        write: async () => {
          throw new Error('the disk is full');
        },
      },
      withinLimit: () => assert.fail('it replaces one'),
      supersede: async () => assert.fail('the old one goes on'),
    } as unknown as SubmissionsOptions);
    await assert.rejects(submissions.train(old.client, ref, {}), /the disk is full/);
    assert.deepEqual([steps, readdirSync(join(root, 'p', 'jobs'))], [['out a', 'in a'], []]);
  });
});

describe('the place of a training', () => {
  const old = (more: Partial<Job>) => job('a', 'waiting', { place: { round: 4, since: 'a' }, ...more });

  it('that replaces another is its place, and first where that had begun', () => {
    const { place, client } = old({});
    assert.deepEqual(inheritFrom(old({}), false, client), { place });
    for (const [more, running] of [
      [{}, true],
      [{ attempt: 1 }, false],
      [{ startsNext: true }, false],
    ] as const)
      assert.deepEqual(inheritFrom(old(more), running, client), { place, startsNext: true });
  });

  it('that replaces those of other computers is for them too', () => {
    const { client } = old({});
    const elsewhere = { workspace: '', address: '2' };
    assert.deepEqual(inheritFrom(old({}), false, elsewhere).alsoFor, ['1']);
    assert.deepEqual(inheritFrom(old({ alsoFor: ['2', '3', '1'] }), false, elsewhere).alsoFor, ['1', '3']);
    const reasonTo = (who: typeof client) => supersededBy(who, old({}));
    assert.deepEqual(
      [reasonTo(elsewhere), reasonTo(client)],
      [reasonOf('superseded', { elsewhere: true }), reasonOf('superseded')],
    );
  });

  it('that waits for a conversion is behind it', () => {
    const train = job('b');
    assert.deepEqual(placeBehind(train, old({ kind: 'convert' })).place, { round: 4, since: 'b' });
    assert.deepEqual([placeBehind(train, job('a')).place, placeBehind(train, undefined)], [train.place, train]);
  });
});

describe('the newest upload of a client', () => {
  it('is the one before it when it was deleted', () => {
    const latest = createLatestUploads();
    const [one, two] = [
      { workspace: '', address: '1' },
      { workspace: '', address: '2' },
    ];
    const [a, b] = [
      { workspace: '', id: 'a' },
      { workspace: '', id: 'b' },
    ];
    latest.note(one, a);
    latest.note(one, b);
    latest.forget(b);
    assert.deepEqual(latest.of(one), a);
    latest.note(one, b);
    latest.note(two, b);
    assert.deepEqual([latest.of(one), latest.of(two)], [b, b]);
    latest.forget(b);
    assert.deepEqual([latest.of(one), latest.of(two)], [a, undefined]);
  });
});

describe('job ids', () => {
  it('sort by time, also within a millisecond and with a clock that was set back', () => {
    let now = 1_000_000;
    const ids = createJobIds(() => now);
    const made = Array.from({ length: 50 }, () => ids.next());
    now -= 500_000;
    made.push(ids.next());
    assert.deepEqual([...made].sort(), made);
    const restarted = createJobIds(() => now);
    restarted.advance(made.at(-1) ?? '');
    assert.ok(restarted.next() > (made.at(-1) ?? ''));
    assert.match(made[0] ?? '', /^[a-z0-9]{9}-[0-9a-f]{6}$/);
  });
});

describe('the outcome of a child', () => {
  const exit = (code: number | null, signal: string | null = null) => ({ code, signal });
  const trainEnd = {
    event: 'train_end',
    time: 1,
    model: 'm',
    epoch: 1,
    metric: 'val_accuracy',
    value: 1,
    seconds: 1,
  } as const;
  const judged = (
    ...[of, word, silentMs]: [ReturnType<typeof exit> & { reason?: string }, typeof trainEnd | undefined, number?]
  ) => judge(job('j', 'active'), { exit: of, lastEvent: word, silentMs });

  it('is success after exit 0 and train_end only', () => {
    assert.deepEqual(judged(exit(0), trainEnd), { succeeded: trainEnd });
    const codes = [
      judged(exit(0), undefined),
      judged(exit(1), trainEnd),
      judged(exit(null, 'SIGKILL'), trainEnd),
      judged(exit(0), trainEnd, 5),
      judged({ ...exit(null), reason: 'ENOENT' }, undefined),
    ];
    assert.deepEqual(
      codes.map((verdict) => 'failed' in verdict && verdict.failed.code),
      ['no_result', 'child_crashed', 'child_crashed', 'child_silent', 'child_not_started'],
    );
  });

  it('of a training is none by the last word of a conversion', () => {
    const wrong = judge(
      { ...job('j', 'active'), kind: 'convert' },
      { exit: exit(0), lastEvent: trainEnd, silentMs: undefined },
    );
    assert.ok('failed' in wrong && wrong.failed.code === 'no_result');
  });
});

describe('slots', () => {
  it('are one per GPU, one on CPU, or as many as asked for', () => {
    const plan = (device: string, slots: number | undefined, gpus: string[]) =>
      planSlots(device, slots, { gpus, cores: 8 }).map(
        ({ device: name, gpu, threads }) => `${name} ${gpu ?? '-'} ${threads}`,
      );
    assert.deepEqual(plan('auto', undefined, []), ['auto - 8']);
    assert.deepEqual(plan('auto', undefined, ['0', '1']), ['auto 0 4', 'auto 1 4']);
    assert.deepEqual(plan('cuda', 3, ['2', '5']), ['cuda 2 2', 'cuda 5 2', 'cuda 2 2']);
    assert.deepEqual(plan('cpu', undefined, ['0', '1']), ['cpu - 8']);
    assert.deepEqual(plan('cuda:1', 2, ['0', '1']), ['cuda:1 - 4', 'cuda:1 - 4']);
    assert.deepEqual(planSlots('cpu', 16, { gpus: [], cores: 4 }).at(-1), { index: 15, device: 'cpu', threads: 1 });
  });

  it('see the GPUs that this process may use', () => {
    const files = () => ['null', 'nvidia0', 'nvidia1', 'nvidiactl', 'nvidia-uvm'];
    const list = (visible?: string) => listGpus({ CUDA_VISIBLE_DEVICES: visible }, files).join();
    assert.deepEqual(
      [list(), list('1'), list('1,0'), list(''), list('-1'), list('0,-1')],
      ['0,1', '1', '1,0', '', '', '0'],
    );
  });
});

describe('estimates', () => {
  it('let each waiting job take the slot that is free first', () => {
    assert.deepEqual(estimateWaits([30], [100, 10], 1), [30, 130]);
    assert.deepEqual(estimateWaits([30, 50], [100, 10, 10], 2), [30, 50, 60]);
    assert.deepEqual(estimateWaits([], [5], 2), [0]);
  });

  it('learn how long jobs take here', () => {
    const durations = createDurations();
    assert.equal(durations.of('train'), 120);
    durations.note('train', 10);
    durations.note('train', 20);
    assert.equal(durations.of('train'), 13);
  });
});

describe('retention', () => {
  it('keeps the photos of the model in output/ and of what is open, and the newest logs', () => {
    const jobs = ['j6', 'j5', 'j4', 'j3', 'j2', 'j1'].map((id) => job(id, 'completed'));
    const waiting = job('j7', 'waiting', { kind: 'convert', inputOf: 'j4' });
    const plan = planRetention([waiting, ...jobs], 'j1', 3);
    assert.deepEqual(
      plan.forget.map(({ id }) => id),
      ['j3', 'j2'],
    );
    assert.deepEqual(
      plan.strip.map((entry) => [entry.job.id, entry.input]),
      [
        ['j6', true],
        ['j5', true],
        ['j4', false],
        ['j1', false],
      ],
    );
  });
});
