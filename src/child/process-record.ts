import { readFileSync } from 'node:fs';
import { CHILD_TIMES } from '../time-limits.ts';
import { killGroup, listGroup, readStat } from './process-group.ts';

// What job.json keeps of a running process, so that the next start of the server can end it after a crash.

/** A process by a name that no later process can have. */
export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks from the start of the machine to that of the process, and which start of the machine; absent where /proc does not say. */
  readonly startTicks?: number;
  readonly bootId?: string;
}

export function recordProcess(pid: number): ProcessRecord {
  const startTicks = readStat(pid)?.startTicks;
  const bootId = readBootId();
  return startTicks === undefined || bootId === undefined ? { pid } : { pid, startTicks, bootId };
}

/**
 * End what a server that died left behind, and nothing else: a pid may have been given to
 * another process since. Children end by themselves when their server is gone; this is for
 * one that hangs and for workers that outlived it.
 */
export async function endRecorded(record: ProcessRecord): Promise<void> {
  if (!isStillOurs(record)) return;
  await killGroup(record.pid, CHILD_TIMES.leftoverMs);
}

function isStillOurs({ pid, startTicks, bootId }: ProcessRecord): boolean {
  if (startTicks === undefined || bootId !== readBootId()) return false;
  const leader = readStat(pid);
  if (leader) return leader.startTicks === startTicks;
  // The leader is gone: its number stays taken as long as its group lives, and the group was its session.
  const members = listGroup(pid);
  return members.length > 0 && members.every((member) => member.session === pid && member.startTicks >= startTicks);
}

function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
