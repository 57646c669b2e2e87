import type { EventClock } from '../events/log/clock.ts';
import type { EventRelay, RelayMessage } from '../events/relay.ts';
import type { ClusterMessage, Envelope } from './messages.ts';
import type { Watermarks } from './watermarks.ts';

// Brings events from the process that writes them to the streams of all.

/** A message, or one of its events: batches of several jobs are put into one order. */
export type Part = RelayMessage;

export interface SharedRelayOptions {
  readonly clock: EventClock;
  readonly watermarks: Watermarks<Part>;
  mayWrite(jobId: string): boolean;
  send(message: ClusterMessage): void;
}

export interface SharedRelay extends EventRelay {
  /** What came for event streams. */
  take(envelope: Envelope): void;
  /** Pass on what can be passed on. */
  passOn(): void;
}

export function createSharedRelay({ clock, watermarks, mayWrite, send }: SharedRelayOptions): SharedRelay {
  const receivers: ((message: RelayMessage) => void)[] = [];
  return {
    clock,
    get received() {
      return watermarks.released;
    },
    mayWrite,
    send(message) {
      const stamps = message.kind === 'stored' ? message.events.map(({ time }) => time) : [clock.next()];
      send({ kind: 'relay', stamps, message });
    },
    receive: (receiver) => void receivers.push(receiver),
    take({ body }) {
      if (body.kind !== 'relay') return;
      const { stamps, message } = body;
      stamps.forEach((stamp, index) => {
        const event = message.kind === 'stored' ? message.events[index] : undefined;
        if (message.kind === 'stored' && event === undefined) return;
        watermarks.hold(stamp, event && message.kind === 'stored' ? { ...message, events: [event] } : message);
      });
    },
    passOn() {
      for (const message of joined(watermarks.release())) for (const receiver of receivers) receiver(message);
    },
  };
}

/** Events of one job that follow each other go out together. */
function joined(parts: readonly Part[]): Part[] {
  const whole: Part[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    const isSame = part.kind === 'stored' && last?.kind === 'stored' && last.owner.jobId === part.owner.jobId;
    if (isSame) whole[whole.length - 1] = { ...last, events: [...last.events, ...part.events] };
    else whole.push(part);
  }
  return whole;
}
