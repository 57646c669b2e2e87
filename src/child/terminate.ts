import { within } from '../promises.ts';
import { CHILD_TIMES } from '../time-limits.ts';
import type { Child } from './child.ts';

/**
 * End a child and everything it started: TERM to its group, a moment for a clean end, then KILL,
 * which nothing can ignore. Resolves when the processes are gone. (TERM alone, or walking the
 * tree, leaves workers that ignore TERM as orphans.)
 */
export async function terminate(child: Child, graceMs: number = CHILD_TIMES.termGraceMs): Promise<void> {
  if (child.running) child.signal('SIGTERM');
  if (await within(child.ended, graceMs)) return;
  child.signal('SIGKILL');
  await within(child.ended, CHILD_TIMES.killGraceMs);
}
