import { setImmediate as nextTurn } from 'node:timers/promises';
import { PRESSURE_TIMES } from '../time-limits.ts';

/**
 * For long work of small synchronous steps, each of which is far cheaper than a trip to another thread
 * would be: await the result between two steps, and others get their turn when it is time.
 */
export function createBreather(turnMs: number = PRESSURE_TIMES.turnMs): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < turnMs) return undefined;
    return nextTurn().then(() => {
      since = performance.now();
    });
  };
}
