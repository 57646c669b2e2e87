import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Nice values (0 is the server's own): computing steps back behind whoever waits for an answer. In one hour one /ping
 * in a hundred took 87 ms with 2 and 1, 51 with these (`npm run bench -- busy`). The price: beside two processes that
 * keep both cores busy a step of a training takes 11 to 14 times as long, with 2 it takes 3 (fair-share.ts).
 */
export const NICENESS = { job: 10, inference: 5, background: 19 } as const;

/** Call it right after the start: threads that the process makes later inherit it. */
export function setNiceness(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // it has ended already
  }
  setGroupNiceness(pid, niceness);
}

/** A session competes as a whole, with a nice value of its own (Linux: man 7 sched, autogroup). */
export function setGroupNiceness(pid: number, niceness: number): void {
  try {
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // it has ended already, or the system knows no such thing
  }
}
