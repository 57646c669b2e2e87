import type { Measurement } from './measurement.ts';
import type { Projects } from './projects.ts';
import type { RunPython } from './run-python.ts';

// What a benchmark is, and what it is given.

/** What every benchmark gets. */
export interface Bench {
  /** How often a whole run is repeated; three by default. */
  readonly repeats: number;
  /** The parts of this benchmark to run; all of them if empty. */
  readonly parts: readonly string[];
  readonly interpreter: string;
  readonly projects: Projects;
  /** Run a script of this folder; it prints measurements. */
  readonly python: RunPython;
  /** An empty folder that is removed at the end. */
  tempDir(): Promise<string>;
}

export interface Benchmark {
  readonly about: string;
  /** Only when it is named: it takes minutes, or needs a GPU. */
  readonly onRequest?: boolean;
  run(bench: Bench): AsyncIterable<Measurement>;
}
