import { writeFileSync } from 'node:fs';
import { isTooEarly } from '../system-errors.ts';
import { CHILD_TIMES } from '../time-limits.ts';

// Sets how much processor time a group of processes gets (Linux only).

export type SetGroupNiceness = (pid: number, niceness: number) => void;

/** Writes each value as soon as the system takes it; for each process only the newest. */
export function createGroupNiceness(write: (pid: number, niceness: number) => void): SetGroupNiceness {
  const waiting = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;

  const writeWaiting = () => {
    timer = undefined;
    for (const [pid, niceness] of waiting) {
      try {
        write(pid, niceness);
      } catch (error) {
        if (isTooEarly(error)) {
          timer = setTimeout(writeWaiting, CHILD_TIMES.nicenessRetryMs).unref();
          return;
        }
        // the process has ended, or the system has no groups
      }
      waiting.delete(pid);
    }
  };

  return (pid, niceness) => {
    waiting.set(pid, niceness);
    if (timer === undefined) writeWaiting();
  };
}

/** A session competes as a whole, with a nice value of its own (Linux: man 7 sched, autogroup). */
export const setGroupNiceness: SetGroupNiceness = createGroupNiceness((pid, niceness) => {
  if (process.platform === 'linux') writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
});
