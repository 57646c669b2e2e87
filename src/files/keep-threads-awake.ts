import { stat } from 'node:fs';
import { WAKE_THREADS_MS } from '../time-limits.ts';

/**
 * Give the threads that read and write files something to do now and then. The C library of Linux can lose the signal that
 * wakes them (bug 25847 of glibc, mended in 2.41). Then all of them sleep, although a file is to be read or closed, until
 * there is something else for them to do. Does not keep the process running.
 */
export function keepThreadsAwake(everyMs: number = WAKE_THREADS_MS): NodeJS.Timeout {
  return setInterval(() => stat('.', () => undefined), everyMs).unref();
}
