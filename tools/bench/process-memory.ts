import { readFileSync, readdirSync } from 'node:fs';

const MB_PER_KB = 1024 / 1e6;

/** Resident memory of a process in MB, now and at its highest (Linux: proc(5), status). */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const value = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * MB_PER_KB;
  return { now: value('VmRSS'), peak: value('VmHWM') };
}

/** Processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && parentOf(candidate) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    // the name in brackets may hold anything
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    return Number(fields[1]);
  } catch {
    return undefined;
  }
}
