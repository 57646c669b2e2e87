import type { ChildEvent } from '../../child/event.ts';
import type { EventBus } from '../../events/event-bus.ts';
import type { NewEvent } from '../../events/log/stored-event.ts';

// What the log of a job holds already, when another process goes on with the job.

export interface LoggedSoFar {
  /** The newest epoch in the log, 0 without any. */
  readonly lastEpoch: number;
  /** Until its first epoch a process says again what the one before said of photos, network and settings. */
  isRepeat(event: ChildEvent): boolean;
}

export const NOTHING_LOGGED: LoggedSoFar = { lastEpoch: 0, isRepeat: () => false };

export async function readLoggedSoFar(bus: Pick<EventBus, 'read'>, jobId: string): Promise<LoggedSoFar> {
  let lastEpoch = 0;
  const said = new Set<string>();
  for await (const event of bus.read(jobId)) {
    if (event.event === 'epoch_end' && typeof event.epoch === 'number') lastEpoch = Math.max(lastEpoch, event.epoch);
    if (!OF_EPOCHS.has(event.event)) said.add(keyOf(event));
  }
  return { lastEpoch, isRepeat: (event) => !OF_EPOCHS.has(event.event) && said.has(keyOf(event)) };
}

const OF_EPOCHS = new Set(['epoch_start', 'batch_start', 'batch_end', 'epoch_end']);

/** Notices are the same by all they say; of other events the figures may differ, as those of a measured time do. */
function keyOf({ seq: _seq, time: _time, ...event }: NewEvent): string {
  if (event.event !== 'notice') return `${event.event} ${String(event['model'])}`;
  return JSON.stringify(Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1)));
}
