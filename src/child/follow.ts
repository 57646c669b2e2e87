import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { within } from '../promises.ts';
import { CHILD_TIMES } from '../time-limits.ts';
import { killGroup, signalGroup } from './process-group.ts';

// The end of a process: its output is read to the last byte, and nothing of its group is left.

/** Resolves when every stream has ended and no process of the group runs. Call it when the leader has exited. */
export async function followToEnd(pid: number, outputs: readonly Readable[]): Promise<void> {
  await waitForOutput(pid, outputs);
  await killGroup(pid, 2 * CHILD_TIMES.stragglerMs);
}

/** A worker that inherited the output keeps it open; without its leader nobody will end it but us. */
async function waitForOutput(pid: number, outputs: readonly Readable[]): Promise<void> {
  const closed = Promise.all(outputs.map(async (output) => output.closed || once(output, 'close')));
  if (await within(closed, CHILD_TIMES.stragglerMs)) return;
  signalGroup(pid, 'SIGKILL');
  if (await within(closed, CHILD_TIMES.stragglerMs)) return;
  for (const output of outputs) output.destroy();
  await closed;
}
