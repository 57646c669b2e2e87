import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Child, ChildExit, ChildHandlers } from '../../src/child/child.ts';
import type { JobLine } from '../../src/child/command.ts';
import type { NewEvent } from '../../src/events/log/stored-event.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { type RunOptions, startRun } from '../../src/jobs/run/run.ts';
import { job } from '../helpers/job.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { testConfig } from '../helpers/test-config.ts';
import { until } from '../helpers/until.ts';

// One job from its process to its end, with processes that do what the test says.

type Script = (folders: Readonly<Record<string, string>>, say: (event: object) => void) => Promise<ChildExit | 'hangs'>;

const DONE: ChildExit = { code: 0, signal: null };
const TERMINATED: ChildExit = { code: null, signal: 'SIGTERM' };
const NEVER = new Promise<never>(() => undefined);

function childWith(script: Script, handlers: ChildHandlers, isStarted: boolean): Child {
  let running = true;
  let leave: (exit: ChildExit) => void = () => undefined;
  const ended = new Promise<ChildExit>((resolve) => (leave = resolve));
  const end = (exit: ChildExit) => {
    running = false;
    leave(exit);
  };
  const say = (event: object) => handlers.onLines([{ text: JSON.stringify({ time: 1, ...event }) }]);
  return {
    pid: undefined,
    started: isStarted ? Promise.resolve(undefined) : ended.then(() => undefined),
    get running() {
      return running;
    },
    ended,
    signal: () => end(TERMINATED),
    writeLine(text) {
      if (!running) return false;
      const { args } = JSON.parse(text) as JobLine;
      const folders = Object.fromEntries(args.map((arg, at) => [arg, args[at + 1] ?? '']));
      void script(folders, say).then((exit) => exit !== 'hangs' && end(exit));
      return true;
    },
    setHandlers: () => undefined,
  };
}

const makes = async (folder: string | undefined, names: readonly string[]) => {
  await mkdir(folder ?? '', { recursive: true });
  for (const name of names) await writeFile(join(folder ?? '', name), 'trained');
};
const trains: Script = async (folders, say) => {
  await makes(folders['--output'], ['model.pth']);
  say({ event: 'train_end', model: 'resnet18', epoch: 1, metric: 'val_accuracy', value: 97, seconds: 1 });
  return DONE;
};
const converts: Script = async (folders, say) => {
  await makes(folders['--output'], ['model.pth', 'model_int8.bin']);
  say({ event: 'convert_model_end', model: 'resnet18', agreement: 99, seconds: 1 });
  return DONE;
};

const OF_MODEL_SO_FAR = JSON.stringify({ jobId: 'j1', convertedBy: 'c1' });

interface Scene {
  readonly whenAlone?: Promise<void>;
  /** What output/origin.json says. */
  readonly origin?: string;
  whenCommitting?(): void;
  /** False: the process has not imported everything before it is ended. */
  readonly isStarted?: boolean;
  /** The conversion of the model so far was for this board. */
  readonly board?: string;
  /** Other processes read the records. */
  readonly isShared?: boolean;
}

/** A training whose model so far is converted in output/, given to one process after the other. */
async function begin(scripts: readonly (Script | Error)[], scene: Scene = {}) {
  const { whenAlone = Promise.resolve(), origin = OF_MODEL_SO_FAR, whenCommitting = () => {} } = scene;
  const saved: Job[] = [];
  const training = job('j1', 'active');
  const { store } = await makeStore();
  await uploadTo(store, training.ref);
  const paths = store.paths(training.ref);
  const own = paths.jobPaths(training.id);
  await mkdir(own.root, { recursive: true });
  await makes(paths.output, ['model.pth', 'model_int8.bin']);
  await writeFile(join(paths.output, 'origin.json'), origin);
  const said: NewEvent[] = [];
  const reported: unknown[] = [];
  const left = [...scripts];
  let turnChanges = 0;
  const options: RunOptions = {
    config: await testConfig({}),
    store: {
      ...store,
      commitOutput(ref, folder) {
        whenCommitting();
        return store.commitOutput(ref, folder);
      },
    },
    bus: { read: async function* () {} },
    pool: {
      take(_slot, handlers) {
        const script = left.shift();
        if (script === undefined || script instanceof Error) throw script ?? new Error('no process is left');
        return { child: childWith(script, handlers, scene.isStarted ?? true), warm: false };
      },
    },
    tuning: { silenceMs: 60_000, exitGraceMs: 60_000, maxAttempts: 1, maxStderrBytes: 1000 } as RunOptions['tuning'],
    save: async (one) => void saved.push(one),
    ...(scene.isShared && { isShared: true }),
    jobOf: (id) => (id === 'c1' ? job(id, 'completed', { board: scene.board ?? training.board }) : training),
    report: (error: unknown, _job: Job) => reported.push(error),
    note: () => undefined,
  };
  const log = { append: (event: NewEvent) => said.push(event) } as never;
  const run = startRun(
    options,
    training,
    { index: 0, device: 'cpu', threads: 1 },
    { log, whenAlone: () => whenAlone, onTurnChanged: () => (turnChanges += 1) },
  );
  const codes = () => said.flatMap(({ code }) => code ?? []);
  return { run, codes, reported, paths, saved, turnChanges: () => turnChanges };
}

const cancelled = { cancelled: reasonOf('cancelled') } as const;
const stateOf = (end: unknown) => (typeof end === 'object' && end !== null && 'state' in end ? end.state : end);
const originOf = (output: string) =>
  JSON.parse(readFileSync(join(output, 'origin.json'), 'utf8')) as Record<string, unknown>;

describe('the epochs of a training', () => {
  it('change who is to leave a turn once: when one leaves the first model that can be used', async () => {
    const { run, turnChanges } = await begin([
      async (folders, say) => {
        for (const [index, accuracy] of [60, 95, 70, 99].entries())
          say({ event: 'epoch_end', epoch: index + 1, max_epoch: 4, matric: { val_acc: accuracy } });
        return trains(folders, say);
      },
      converts,
    ]);
    await run.ended;
    assert.equal(turnChanges(), 1);
  });
});

describe('a trained model whose model so far was converted', () => {
  it('is converted from its own folder before it takes that place', async () => {
    const trainsBesideALeftover: Script = async (folders, say) => {
      await makes(join(folders['--output'] ?? '', '..', 'converted'), ['left by an attempt that was interrupted']);
      return trains(folders, say);
    };
    const { run, codes, reported, paths } = await begin([trainsBesideALeftover, converts]);
    assert.equal(stateOf(await run.ended), 'completed');
    assert.deepEqual([codes(), reported], [['converting_again'], []]);
    assert.ok(!existsSync(join(paths.output, 'left by an attempt that was interrupted')));
    assert.equal(originOf(paths.output)['convertedBy'], 'j1');
    assert.ok(existsSync(join(paths.output, 'model_int8.bin')));
  });

  it('is a training in its record meanwhile, of which other processes see that it is finishing', async () => {
    for (const isShared of [false, true]) {
      const { run, saved } = await begin([trains, converts], { isShared });
      await run.ended;
      assert.deepEqual(new Set(saved.map(({ kind }) => kind)), new Set(['train']));
      const flags = saved.map(({ finishing = false }) => finishing);
      assert.deepEqual(flags, isShared ? [false, true, true] : [false, true]);
    }
  });

  for (const [whose, origin] of [
    ['of another training', '{"jobId":"j0","convertedBy":"c0"}'],
    ['its own already, put there before a crash', '{"jobId":"j1"}'],
    ['of nobody knows whom', '{"jobId'],
  ] as const)
    it(`is not converted where output/ is ${whose}`, async () => {
      const { run, codes, reported, paths } = await begin([trains], { origin });
      assert.equal(stateOf(await run.ended), 'completed');
      assert.deepEqual([codes(), reported, originOf(paths.output)['jobId']], [[], [], 'j1']);
      assert.ok(!existsSync(join(paths.output, 'model_int8.bin')), 'no files of two runs');
    });

  it('is converted for the same board', async () => {
    let asked: string | undefined;
    const noting: Script = (folders, say) => {
      asked = folders['--board'];
      return converts(folders, say);
    };
    await (await begin([trains, noting], { board: 'kidbright-mai-plus' })).run.ended;
    assert.equal(asked, 'kidbright-mai-plus');
  });

  it('is no longer stopped once it is being put in place', async () => {
    let stopping: Promise<void> | undefined;
    const { run } = await begin([trains, converts], { whenCommitting: () => (stopping = run.stop(cancelled)) });
    assert.equal(stateOf(await run.ended), 'completed');
    await stopping;
    assert.equal(run.stopped, undefined);
  });

  it('is put in place without files for the board where the server itself cannot convert it, and that is said', async () => {
    const fault = new Error('too many open files');
    const { run, codes, reported, paths } = await begin([trains, fault]);
    assert.equal(stateOf(await run.ended), 'completed');
    assert.deepEqual([codes(), reported], [['converting_again', 'not_converted_again'], [fault]]);
    assert.deepEqual([originOf(paths.output)['convertedBy'], run.isFinishing], [undefined, true]);
    assert.equal(readFileSync(join(paths.output, 'model.pth'), 'utf8'), 'trained');
    assert.ok(!existsSync(join(paths.output, 'model_int8.bin')), 'no files of two runs');
  });

  for (const [cause, end] of [
    [cancelled, 'cancelled'],
    ['interrupted', 'interrupted'],
  ] as const)
    it(`keeps the model so far in its place when the conversion is ${end}, and nothing is said of it`, async () => {
      let begun = () => {};
      const converting = new Promise<void>((resolve) => (begun = resolve));
      const hangs: Script = async () => {
        begun();
        return 'hangs';
      };
      const { run, codes, paths } = await begin([trains, hangs]);
      await converting;
      await run.stop(cause);
      assert.equal(stateOf(await run.ended), end);
      assert.deepEqual(codes(), ['converting_again']);
      assert.ok(existsSync(join(paths.output, 'model_int8.bin')));
    });

  it('is not converted at all when the training is stopped while it waits to be alone', async () => {
    const { run, codes } = await begin([trains], { whenAlone: NEVER });
    await until(() => run.isFinishing || undefined, 20_000, 'the end of its process');
    await run.stop(cancelled);
    assert.equal(stateOf(await run.ended), 'cancelled');
    assert.deepEqual(codes(), []);
  });
});

describe('a fault of the server', () => {
  it('before the process has its job ends that job alone, with a reason', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    for (const [fault, code] of [
      [full, 'disk_full'],
      [new Error('unknown'), 'internal'],
    ] as const) {
      const { run, reported } = await begin([fault]);
      const end = await run.ended;
      assert.deepEqual([stateOf(end), reported], ['failed', [fault]]);
      assert.equal(typeof end === 'object' && 'reason' in end && end.reason?.code, code);
    }
  });
});

it('a stop before the job has a process does not wait until that has started', async () => {
  const { run } = await begin([trains], { isStarted: false });
  await run.stop(cancelled);
  assert.equal(stateOf(await run.ended), 'cancelled');
});
