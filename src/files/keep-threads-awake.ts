import { stat } from 'node:fs';
import { WAKE_THREADS_MS } from '../time-limits.ts';

/**
 * Give the threads that read and write files something to do now and then. The system's library can lose the signal that
 * wakes them (bug 25847 of glibc, mended in 2.41; issue 5280 of libuv on macOS): all of them sleep then, although a file is
 * to be read or closed, until somebody asks for another one. Does not keep the process running.
 */
export function keepThreadsAwake(everyMs: number = WAKE_THREADS_MS): NodeJS.Timeout {
  return setInterval(() => stat('.', () => undefined), everyMs).unref();
}
