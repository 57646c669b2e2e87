import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Child, ChildExit, ChildHandlers } from '../../src/child/child.ts';
import type { JobLine } from '../../src/child/command.ts';
import type { NewEvent } from '../../src/events/log/stored-event.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { type RunOptions, startRun } from '../../src/jobs/run/run.ts';
import { job } from './job.ts';
import { makeStore, uploadTo } from './store.ts';
import { testConfig } from './test-config.ts';

// One run of a training, whose processes do what the test says.

export type Script = (
  folders: Readonly<Record<string, string>>,
  say: (event: object) => void,
) => Promise<ChildExit | 'hangs'>;

const DONE: ChildExit = { code: 0, signal: null };
const TERMINATED: ChildExit = { code: null, signal: 'SIGTERM' };
export const NEVER = new Promise<never>(() => undefined);

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

export const makes = async (folder: string | undefined, names: readonly string[]) => {
  await mkdir(folder ?? '', { recursive: true });
  for (const name of names) await writeFile(join(folder ?? '', name), 'trained');
};
export const trains: Script = async (folders, say) => {
  await makes(folders['--output'], ['model.pth']);
  say({ event: 'train_end', model: 'resnet18', epoch: 1, metric: 'val_accuracy', value: 97, seconds: 1 });
  return DONE;
};
export const converts: Script = async (folders, say) => {
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
export async function begin(scripts: readonly (Script | Error)[], scene: Scene = {}) {
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
