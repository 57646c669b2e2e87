import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import treeKill from 'tree-kill';
import { isNoProcess, isOthersProcess } from '../system-errors.ts';
import { CHILD_TIMES } from '../time-limits.ts';

// Every process that the server starts leads a group with all that it starts in turn, so that all of them can be
// ended together.

/** Where a child leads a process group of its own; elsewhere its tree is walked. */
export const HAS_GROUPS = process.platform !== 'win32';

/** Send a signal to every process of the group. One that is gone already is no error. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!HAS_GROUPS) {
    treeKill(pid, signal, () => undefined);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isNoProcess(error) && !isOthersProcess(error)) throw error;
  }
}

/**
 * Whether any process of the group still runs. Orphans that nobody reaps (a container without
 * an init) stay as zombies for ever: they hold nothing and count as gone.
 */
export function groupRuns(pid: number): boolean {
  if (!signalReaches(HAS_GROUPS ? -pid : pid)) return false;
  return process.platform === 'linux' ? listGroup(pid).length > 0 : true;
}

/** Kill the group, also what its members start meanwhile, until it is gone or the time is over. */
export async function killGroup(pid: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (groupRuns(pid) && performance.now() < deadline) {
    signalGroup(pid, 'SIGKILL');
    await delay(CHILD_TIMES.lookAgainMs);
  }
}

export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since the machine started: with the pid it names a process for good. */
  readonly startTicks: number;
}

/** Living members of a process group (Linux). */
export function listGroup(group: number): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter(
      (stat): stat is ProcessStat =>
        stat !== undefined && stat.group === group && stat.state !== 'Z' && stat.state !== 'X',
    );
}

/** proc(5): the command's name stands in parentheses and may hold spaces, so count from the last one. */
export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? 'X',
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isOthersProcess(error);
  }
}
