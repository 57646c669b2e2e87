import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../demo/server-process.ts';

/** Where measurements are kept: one file per benchmark, one JSON object per line, the newest last. */
export const RECORDS = join(ROOT, 'tools', 'bench', 'records');

/** Append one printed line to the records of its benchmark. Lines that are there already are never changed. */
export async function appendRecord(folder: string, benchmark: string, line: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await appendFile(join(folder, `${benchmark}.jsonl`), `${JSON.stringify(line)}\n`);
}

/** The command that measures this again. */
export function commandOf(benchmark: string, parts: readonly string[], repeats: number, growth = false): string {
  const names = parts.length > 0 ? parts.map((part) => `${benchmark}:${part}`) : [benchmark];
  const script = growth ? 'bench:growth' : 'bench';
  return [`npm run ${script} --`, ...names, ...(repeats === DEFAULT_REPEATS ? [] : [`--repeats ${repeats}`])].join(' ');
}

export const DEFAULT_REPEATS = 3;
