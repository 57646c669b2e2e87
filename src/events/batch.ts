import { formatEventId } from './event-id.ts';
import { toIdeEvent, type EventSource } from './ide.ts';
import type { Language } from './language.ts';
import type { Catalogue } from './messages/catalogue.ts';
import { encodeMessage } from './sse.ts';
import type { NewEvent } from './stored-event.ts';

/** Which ids a stream carries: a job's own stream its seq, one that joins jobs the job's id too. */
export type IdStyle = 'seq' | 'job-seq';

export interface StreamForm {
  readonly language: Language;
  readonly ids: IdStyle;
}

/** Events that happened together, encoded once for each form that somebody listens in. */
export interface Batch {
  encode(form: StreamForm): string;
}

type Placed = NewEvent & { readonly time: number; readonly seq?: number };

/** `source` undefined: what belongs to no job and carries no id. */
export function makeBatch(events: readonly Placed[], source: EventSource | undefined, catalogue: Catalogue): Batch {
  const data = new Map<Language, string[]>();
  const encoded = new Map<string, string>();

  const dataIn = (language: Language) => {
    const known = data.get(language) ?? events.map((event) => JSON.stringify(toIdeEvent(event, source, language, catalogue)));
    data.set(language, known);
    return known;
  };

  return {
    encode({ language, ids }) {
      const key = `${language} ${ids}`;
      const text = encoded.get(key) ?? dataIn(language).map((line, index) => encodeMessage(line, idOf(events[index], source, ids))).join('');
      encoded.set(key, text);
      return text;
    },
  };
}

function idOf(event: Placed | undefined, source: EventSource | undefined, ids: IdStyle): string | undefined {
  if (!source || event?.seq === undefined) return undefined;
  return ids === 'seq' ? String(event.seq) : formatEventId(source.jobId, event.seq);
}
