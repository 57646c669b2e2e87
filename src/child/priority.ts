import { setPriority } from 'node:os';
import { setGroupNiceness } from './group-niceness.ts';

/**
 * Nice values (0 is the server's own): computing steps back behind whoever waits for an answer. With 2 for jobs and 1
 * for inference one /ping in a hundred took 87 ms, with 10 and 5 in the same hour 51 (`npm run bench -- busy`). The
 * price: beside two processes that keep both cores busy a step of a training takes 11 to 14 times as long with 10
 * (fair-share.ts).
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
