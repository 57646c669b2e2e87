import { setTimeout as delay } from 'node:timers/promises';
import { CHILD_TIMES } from '../time-limits.ts';
import type { Child } from './child.ts';

/**
 * End a child and everything it started: TERM to its group, a moment for a clean end, then KILL,
 * which nothing can ignore. Resolves when the processes are gone. (TERM alone, or walking the
 * tree, leaves workers that ignore TERM as orphans.)
 */
export async function terminate(child: Child, graceMs: number = CHILD_TIMES.termGraceMs): Promise<void> {
  if (child.running) child.signal('SIGTERM');
  if (await endedWithin(child, graceMs)) return;
  child.signal('SIGKILL');
  await endedWithin(child, CHILD_TIMES.killGraceMs);
}

async function endedWithin(child: Child, ms: number): Promise<boolean> {
  const abort = new AbortController();
  const timeout = delay(ms, false, { signal: abort.signal }).catch(() => false);
  const ended = await Promise.race([child.ended.then(() => true), timeout]);
  abort.abort();
  return ended;
}
