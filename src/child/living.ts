import { signalGroup } from './process-group.ts';

// The children that run, so that none of them outlives the server. One list for the whole process, because the
// server's exit ends all of them.

const living = new Set<number>();

/** Remember a child until it and its group are gone. */
export function trackChild(pid: number, gone: Promise<unknown>): void {
  living.add(pid);
  const forget = () => living.delete(pid);
  gone.then(forget, forget);
}

/** How many there are. */
export function livingChildren(): number {
  return living.size;
}

/** End every child at once, without waiting: this process exits. */
export function killTrackedChildren(): void {
  for (const pid of living) signalGroup(pid, 'SIGKILL');
}
