import { randomBytes } from 'node:crypto';
import { WAKE_THREADS_MS } from '../time-limits.ts';

/**
 * Give the threads that read and write files something to do now and then. The C library of Linux can lose the signal that
 * wakes them (bug 25847 of glibc, mended in 2.41). Then all of them sleep, although a file is to be read or closed, until
 * there is something else for them to do: here a random byte, which waits for no disk. Does not keep the process running.
 */
export function keepThreadsAwake(everyMs: number = WAKE_THREADS_MS): NodeJS.Timeout {
  return setInterval(() => randomBytes(1, () => undefined), everyMs).unref();
}
