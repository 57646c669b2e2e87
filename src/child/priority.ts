import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Nice values (0 is the server's own, and that of a browser): computing steps back behind whoever waits for an
 * answer, but keeps a fair share. Each step of 1 is a fifth less beside a process that always has work: with 10 a
 * training got a tenth of a core beside two such processes, and took 11 to 14 times as long.
 */
export const NICENESS = { job: 2, inference: 1 } as const;

/** Call it right after the start: threads that the process makes later inherit it. */
export function setNiceness(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
    // A process group with a session of its own competes as a whole, with a nice value of its own (Linux: man 7 sched, autogroup).
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // It has ended already, or the system knows no such thing: an ordinary process then.
  }
}
