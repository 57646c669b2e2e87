import type { StreamForm } from './batch.ts';
import { createOutbox, type Outbox } from './outbox.ts';

/** One reader of an event stream, and what it has not taken yet. */
export interface Subscriber extends Outbox {
  readonly form: StreamForm;
}

export function createSubscriber(form: StreamForm, maxPendingChars: number, onDrop: () => void): Subscriber {
  return { form, ...createOutbox(maxPendingChars, onDrop) };
}
