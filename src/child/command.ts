import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { ChildCommand } from './child.ts';
import { childEnvironment } from './environment.ts';
import { NICENESS } from './priority.ts';

export type TrainEntry = 'train_image_classification' | 'train_object_detection' | 'train_voice_classification';

/** The one line a waiting child reads: which entry to run, with which arguments. */
export interface JobLine {
  readonly entry: TrainEntry | 'convert';
  readonly args: readonly string[];
}

export interface TrainArguments {
  readonly entry: TrainEntry;
  readonly project: string;
  readonly output: string;
  readonly checkpoints: string;
  readonly cache: string;
  readonly instant: string;
  readonly device: string;
  readonly threads: number;
  /** Go on from the last checkpoint; the newest epoch that is in the log, so that the child reports again what came after it. */
  readonly resumeAfterEpoch: number | undefined;
  /** Its first answer was sent before: it lies in `checkpoints`. */
  readonly answered: boolean;
}

export interface ConvertArguments {
  readonly project: string;
  readonly model: string;
  readonly output: string;
  readonly cache: string;
  /** For files of known networks, which all projects share. */
  readonly sharedCache: string;
  /** The board to convert for. */
  readonly board: string;
  readonly device: string;
  readonly threads: number;
}

type ChildConfig = Pick<Config, 'python' | 'pythonDir' | 'weightsDir' | 'missingWeights'>;

/** Where a process computes. */
interface Place {
  readonly device: string;
  readonly threads: number;
  /** The one GPU it may see. */
  readonly gpu?: string;
}

/** The process that imports torch and waits for its job line; `device` is the one it will be asked to use. */
export function childCommand(
  config: ChildConfig,
  own: Readonly<Record<string, string | undefined>>,
  slot: Place,
): ChildCommand {
  return {
    file: config.python,
    args: [join(config.pythonDir, 'child.py'), '--device', slot.device],
    env: environmentAt(slot, config, own),
    niceness: NICENESS.job,
  };
}

/** The process that gives first answers. */
export function firstAnswerCommand(
  config: ChildConfig,
  own: Readonly<Record<string, string | undefined>>,
  slot: Place,
): ChildCommand {
  const { device, threads } = slot;
  return {
    file: config.python,
    args: [join(config.pythonDir, 'first_answers.py'), '--device', device, '--threads', String(threads)],
    env: environmentAt(slot, config, own),
    niceness: NICENESS.inference,
  };
}

function environmentAt(
  { threads, gpu }: Place,
  { weightsDir }: Pick<Config, 'weightsDir'>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return childEnvironment(gpu === undefined ? own : { ...own, CUDA_VISIBLE_DEVICES: gpu }, { threads, weightsDir });
}

/** The process that forks the children of all slots. What differs between slots comes with each request. */
export function parentCommand(
  config: ChildConfig,
  own: Readonly<Record<string, string | undefined>>,
  { threads }: { readonly threads: number },
): ChildCommand {
  return {
    file: config.python,
    args: [join(config.pythonDir, 'parent.py')],
    env: childEnvironment(own, { threads, weightsDir: config.weightsDir }),
    // A process may raise its nice value and never lower it: this one must not be nicer than any of its children.
    niceness: NICENESS.inference,
  };
}

export function trainLine(config: ChildConfig, job: TrainArguments): JobLine {
  const args = ['--project', job.project, '--output', job.output, '--checkpoints', job.checkpoints];
  args.push('--cache', job.cache, '--instant', job.instant, '--device', job.device, '--threads', String(job.threads));
  args.push('--missing-weights', config.missingWeights);
  if (config.weightsDir) args.push('--weights-dir', config.weightsDir);
  // Its network is so small that other programs would hold up several threads (python/mai/train/engine/crowded.py).
  if (job.entry === 'train_voice_classification') args.push('--share-cores');
  if (job.answered) args.push('--answered');
  if (job.resumeAfterEpoch !== undefined) args.push('--resume', '--logged-epoch', String(job.resumeAfterEpoch));
  return { entry: job.entry, args };
}

export function convertLine(job: ConvertArguments): JobLine {
  const args = ['--project', job.project, '--model', job.model, '--output', job.output];
  args.push('--cache', job.cache, '--shared-cache', job.sharedCache);
  args.push('--device', job.device, '--threads', String(job.threads), '--board', job.board);
  return { entry: 'convert', args };
}
