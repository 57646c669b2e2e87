import { readFileSync, readdirSync } from 'node:fs';

/** Pids of living processes with this text in their environment: workers inherit it, whatever becomes of their leader. */
export function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && has(name, mark) && !isTranslator(name))
    .map(Number);
}

/** tsx starts one where it meets a source for the first time; it belongs to the test, not to the server. */
function isTranslator(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'esbuild';
  } catch {
    return false;
  }
}

function has(pid: string, mark: string): boolean {
  try {
    // The environment of a zombie is empty.
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
  } catch {
    return false;
  }
}

/** Beside what a job runs on: the process that forks, and the child that waits for the next job. */
export const READY_PROCESSES = 2;

let marks = 0;

/** An environment for children that tells those of one test apart; its name is one that children may see. */
export function markedEnvironment(more: Readonly<Record<string, string>> = {}): {
  mark: string;
  environment: Record<string, string>;
} {
  marks += 1;
  const mark = `mark-${process.pid}-${marks}`;
  return { mark, environment: { PATH: process.env.PATH ?? '', NVIDIA_TEST_MARK: mark, ...more } };
}
