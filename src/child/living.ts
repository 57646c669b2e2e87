import { signalGroup } from './process-group.ts';

// Of the whole process and not of one app, because the exit for which it is kept is that of the process.

const living = new Set<number>();

/** Remember a child until it and its group are gone. */
export function noteLiving(pid: number, gone: Promise<unknown>): void {
  living.add(pid);
  const forget = () => living.delete(pid);
  gone.then(forget, forget);
}

/** End every child at once, without waiting: this process exits. */
export function killLiving(): void {
  for (const pid of living) signalGroup(pid, 'SIGKILL');
}
