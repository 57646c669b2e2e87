import { formatEventId } from './event-id.ts';
import { toIdeEvent, type EventSource } from './ide.ts';
import type { Language } from '../../messages/language.ts';
import type { Catalogue } from '../../messages/catalogue.ts';
import { encodeMessage } from './sse.ts';
import type { NewEvent } from '../log/stored-event.ts';

/** The form in which one stream writes events: its language, and which ids they get. */
export interface StreamForm {
  readonly language: Language;
  /** `listen` joins jobs and is read in the IDE: ids hold the job's id, errors the IDE's advice. `job` is a job's own stream. */
  readonly kind: 'job' | 'listen';
  /** A conversion that was going on when the stream was opened: its reader has no open request to learn of the end by. */
  readonly conversion?: string | undefined;
}

/** Events that happened together, encoded once for each form that somebody listens in. */
export interface Batch {
  encode(form: StreamForm): string;
}

/** An event with its time, and with its number where it is in a log. */
export type PlacedEvent = NewEvent & { readonly time: number; readonly seq?: number | undefined };

/** Of a stream whose last id is not known (any more). It goes out with an empty id, which makes the reader forget the old one. */
export const resetEvent = (time: number): PlacedEvent => ({ event: 'reset', time });

/** `source` undefined: what belongs to no job and carries no id. */
export function makeBatch(
  events: readonly PlacedEvent[],
  source: EventSource | undefined,
  catalogue: Catalogue,
): Batch {
  const encoded = new Map<string, string>();

  const encodeEvent = (event: PlacedEvent, { language, kind }: StreamForm) => {
    const shown = toIdeEvent(event, { source, language, wording: kind === 'listen' ? 'ide' : 'plain', catalogue });
    return encodeMessage(JSON.stringify(shown), idOf(event, source, kind));
  };

  return {
    encode(form) {
      const key = `${form.language} ${form.kind}`;
      const text = encoded.get(key) ?? events.map((event) => encodeEvent(event, form)).join('');
      encoded.set(key, text);
      return text;
    },
  };
}

function idOf(event: PlacedEvent, source: EventSource | undefined, kind: StreamForm['kind']): string | undefined {
  if (event.event === 'reset' && event.code === undefined) return '';
  if (!source || event.seq === undefined) return undefined;
  return kind === 'job' ? String(event.seq) : formatEventId(source.jobId, event.seq);
}
