import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../demo/server-process.ts';
import type { Benchmark } from './benchmark.ts';

const run = promisify(execFile);

interface Folds {
  readonly accuracy: number;
  readonly right: number;
  readonly clips: number;
  readonly epochs: number;
  readonly seconds_per_training: readonly number[];
}

export const folds: Benchmark = {
  about: 'accuracy of a voice training over five folds, and its seconds',
  onRequest: true,
  async *run(bench) {
    const { zip, data } = await bench.projects.sample('voice_thai');
    const dir = await bench.tempDir();
    await run(bench.interpreter, ['-m', 'zipfile', '-e', zip, dir]);
    const { stdout } = await run(bench.interpreter, [join(ROOT, 'tools', 'bench', 'voice_folds.py'), dir]);
    const found = JSON.parse(stdout) as Folds;
    const about = `${data}, ${found.epochs} epochs, every clip held back once`;
    yield {
      name: 'voice_folds_accuracy',
      unit: '%',
      values: [found.accuracy],
      data: about,
      goal: 'median >= 98',
      details: { right: found.right, clips: found.clips },
    };
    yield { name: 'voice_training', unit: 's', values: found.seconds_per_training, data: about, goal: 'median <= 20' };
  },
};
