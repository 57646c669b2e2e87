import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Benchmark } from './benchmark.ts';
import { BENCHMARKS, GROWTH } from './catalogue.ts';
import { commit, hardware } from './hardware.ts';
import { reportLine } from './measurement.ts';
import { createProjects } from './projects.ts';
import { appendRecord, commandOf, DEFAULT_REPEATS, RECORDS } from './record.ts';
import { runPythonWith } from './run-python.ts';
import { markdownTable } from './table.ts';

// `npm run bench`: runs benchmarks, prints what they measure and keeps it as records.

const USAGE = `npm run bench [-- NAME… --repeats N]   measure; one JSON line per measurement on standard output,
                                       appended to the file NAME.jsonl of tools/bench/records, too
npm run bench -- NAME… --no-record     measure, and write nothing
npm run bench -- NAME:PART…            one part of a benchmark that has parts
npm run bench:growth                   time and memory for more photos and labels
npm run bench -- --table FILE          the newest figures of a file of records as rows of docs/performance.md`;

const OPTIONS = {
  growth: { type: 'boolean', default: false },
  repeats: { type: 'string', default: String(DEFAULT_REPEATS) },
  'no-record': { type: 'boolean', default: false },
  table: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Run the benchmarks that are named, or all that are not asked for by name alone. Returns the exit code. */
export async function main(argv: readonly string[], python: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  if (values.table !== undefined) {
    console.log(await markdownTable(values.table));
    return 0;
  }
  const all: Readonly<Record<string, Benchmark>> = values.growth ? GROWTH : BENCHMARKS;
  const asked = partsByName(positionals);
  const unknown = [...asked.keys()].filter((name) => !(name in all));
  if (values.help || unknown.length > 0) {
    const names = Object.entries(all).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`);
    console.error([...unknown.map((name) => `There is no benchmark "${name}".`), USAGE, '', ...names].join('\n'));
    return values.help ? 0 : 1;
  }
  const folders: string[] = [];
  const tempDir = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mai-bench-'));
    folders.push(dir);
    return dir;
  };
  const bench: Omit<Bench, 'parts'> = {
    repeats: Math.max(1, Number(values.repeats) || DEFAULT_REPEATS),
    interpreter: python,
    projects: createProjects(python, tempDir),
    python: runPythonWith(python),
    tempDir,
  };
  const how = {
    isGrowth: values.growth,
    isRecorded: !values['no-record'],
    surroundings: { commit: commit(), machine: hardware() },
  };
  let failed = 0;
  try {
    for (const [name, benchmark] of Object.entries(all)) {
      if (asked.size > 0 ? !asked.has(name) : benchmark.onRequest) continue;
      const hasRun = await measure(name, benchmark, { ...bench, parts: asked.get(name) ?? [] }, how);
      if (!hasRun) failed += 1;
    }
  } finally {
    await Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true })));
  }
  return failed === 0 ? 0 : 1;
}

interface How {
  readonly isGrowth: boolean;
  readonly isRecorded: boolean;
  /** Taken before the first benchmark, which is a load itself. */
  readonly surroundings: { readonly commit: string; readonly machine: ReturnType<typeof hardware> };
}

/** Run one benchmark, and print and record what it measures. Returns false if it stopped. */
async function measure(
  name: string,
  benchmark: Benchmark,
  bench: Bench,
  { isGrowth, isRecorded, surroundings }: How,
): Promise<boolean> {
  const started = performance.now();
  let hasRun = true;
  try {
    for await (const found of benchmark.run(bench)) {
      const command = commandOf(name, bench.parts, bench.repeats, isGrowth);
      const line = reportLine(found, { date: new Date(), ...surroundings, command });
      console.log(JSON.stringify(line));
      if (isRecorded) await appendRecord(RECORDS, isGrowth ? 'growth' : name, line);
    }
  } catch (error) {
    hasRun = false;
    console.error(`${name} stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  console.error(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return hasRun;
}

/** `truth:twins truth:suspects start` → truth with its two parts, start with none, which means all. */
export function partsByName(positionals: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const positional of positionals) {
    const [name = '', ...part] = positional.split(':');
    found.set(name, [...(found.get(name) ?? []), ...part]);
  }
  return found;
}
