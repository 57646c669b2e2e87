import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Benchmark } from './benchmark.ts';
import { quantile, round, type Measurement } from './measurement.ts';
import { pingMeanwhile } from './ping-meanwhile.ts';
import type { SampleName } from './projects.ts';
import { withServer, type RunningServer } from './running-server.ts';

const PROJECT = 'bench';

/** How many other processes keep a core busy each, and what the figures are called. */
const OTHERS = { one_process: 1, two_processes: 2 } as const;
type Others = keyof typeof OTHERS;

interface Kind {
  readonly name: string;
  readonly sample: SampleName;
  readonly config: object;
  readonly others: readonly Others[];
}

const KINDS: readonly Kind[] = [
  { name: 'voice', sample: 'voice_thai', config: {}, others: ['one_process', 'two_processes'] },
  { name: 'photos', sample: 'dog_cat', config: { modelType: 'resnet18', epochs: 4 }, others: ['two_processes'] },
  { name: 'boxes', sample: 'mouse_logo_detect', config: { epochs: 4 }, others: ['two_processes'] },
];

interface Run {
  readonly seconds: number;
  readonly pings: readonly number[];
}

/** A teacher's laptop also runs a browser: seconds from the first epoch's start to the last one's end, alone and beside processes that keep cores busy. */
export const beside: Benchmark = {
  about:
    'a training of each kind alone and beside two processes that keep two cores busy (of sounds one, too), and /ping meanwhile',
  onRequest: true,
  async *run(bench) {
    for (const kind of KINDS.filter(({ name }) => bench.parts.length === 0 || bench.parts.includes(name)))
      for (const others of kind.others) yield* measure(bench, kind, others);
  },
};

async function* measure(bench: Bench, { name, sample, config }: Kind, others: Others): AsyncIterable<Measurement> {
  const { zip, data } = await bench.projects.sample(sample);
  const alone: Run[] = [];
  const busy: Run[] = [];
  await withServer(await bench.tempDir(), { MAI_MISSING_WEIGHTS: 'random' }, async (server) => {
    await server.upload(PROJECT, zip);
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      alone.push(await training(server, config));
      busy.push(await besideOthers(OTHERS[others], () => training(server, config)));
    }
  });
  const pings = busy.flatMap((run) => run.pings).toSorted((a, b) => a - b);
  yield {
    name: `beside_${others}_${name}`,
    unit: 's',
    values: busy.map(({ seconds }) => seconds),
    data,
    goal: 'ratio <= 4',
    against: { what: 'the same training alone', values: alone.map(({ seconds }) => seconds), inTurns: true },
  };
  yield {
    name: `ping_beside_${others}_${name}`,
    unit: 'ms',
    values: pings,
    data,
    goal: 'p99 <= 50',
    details: { p50: round(quantile(pings, 0.5)), p99: round(quantile(pings, 0.99)) },
  };
}

async function training(server: RunningServer, config: object): Promise<Run> {
  await server.warm();
  const { value, pings } = await pingMeanwhile(server.base, () => server.train(PROJECT, config, 'train_end'));
  const { at } = value;
  return { seconds: (at['train_end'] ?? Number.NaN) - (at['epoch_start'] ?? Number.NaN), pings };
}

async function besideOthers<Result>(count: number, work: () => Promise<Result>): Promise<Result> {
  const others = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore', detached: true }),
  );
  try {
    await pause(500);
    return await work();
  } finally {
    for (const other of others) other.kill('SIGKILL');
  }
}
