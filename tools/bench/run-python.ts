import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../../src/child/environment.ts';
import { ROOT } from '../demo/server-process.ts';
import type { Measurement } from './measurement.ts';

// Runs a benchmark that is written in Python, and reads the measurements that it prints.

/** The environment of a child, so that the measurement is what a job gets. */
const ENVIRONMENT = childEnvironment(process.env, {
  threads: availableParallelism(),
  weightsDir: process.env['MAI_WEIGHTS_DIR'],
});

/** The measurements that `tools/bench/<script>` prints, one JSON object a line, as they come. */
export type RunPython = (script: string, args: readonly string[]) => AsyncIterable<Measurement>;

export function runPythonWith(python: string): RunPython {
  return async function* (script, args) {
    const child = spawn(python, [join(ROOT, 'tools', 'bench', script), ...args], {
      cwd: ROOT,
      env: { ...ENVIRONMENT, PYTHONPATH: join(ROOT, 'python') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Measurement;
    const [code] = (await exited) as [number | null];
    if (code !== 0) throw new Error(`${script} ended with code ${String(code)}`);
  };
}
