import type { Language } from '../../messages/language.ts';
import type { Catalogue } from '../../messages/catalogue.ts';
import { render } from '../../messages/render.ts';
import type { NewEvent } from '../log/stored-event.ts';

// Turns a stored event into what the IDE reads: with a sentence in the language of the pupil.

/** Whose event it is, for readers of a stream that joins many jobs. */
export interface EventSource {
  readonly jobId: string;
  readonly projectId: string;
}

/** `ide`: /listen, whose log lines pupils read in the IDE. `plain`: a job's own stream. */
export type Wording = 'ide' | 'plain';

export interface IdeEventOptions {
  readonly source: EventSource | undefined;
  readonly language: Language;
  readonly wording: Wording;
  readonly catalogue: Catalogue;
}

export type IdeEvent = Readonly<Record<string, unknown>> & {
  readonly time: number;
  readonly event: string;
  readonly msg: string;
};

/**
 * A stored event as the IDE reads it: `msg` is the sentence in the reader's language. The IDE draws
 * every key of `matric` as a curve, so a loss that was not finite (null) is left out.
 */
export function toIdeEvent(event: NewEvent & { readonly time: number }, options: IdeEventOptions): IdeEvent {
  const { time, event: name, msg: _english, ...fields } = event;
  const { source } = options;
  const ids = source ? { job_id: source.jobId, project_id: source.projectId } : {};
  const shown = { time, event: name, msg: sentenceOf(event, options), ...fields, ...ids };
  return isCurve(fields.matric) ? { ...shown, matric: onlyNumbers(fields.matric) } : shown;
}

/**
 * The IDE paints a line red only where it contains the word "Error", and is stuck after every
 * error and every cancel from elsewhere until its page is reloaded. So both end with that advice,
 * errors begin with that word, and nothing else of ours contains it.
 */
function sentenceOf(event: NewEvent, { language, wording, catalogue }: IdeEventOptions): string {
  if (wording === 'plain') return render(event, language, catalogue);
  const isError = event.event === 'error';
  const text = render(isError ? event : withoutRedWord(event), language, catalogue);
  if (!isError && event.code !== 'cancelled') return text;
  const sentence = withFullStop(text, language);
  return render({ event: isError ? 'ide_error' : 'ide_cancelled', sentence, msg: sentence }, language, catalogue);
}

/** Words that programs wrote (`ValueError: …`); labels and file names stay as they are. */
const OF_PROGRAMS = ['msg', 'reason', 'detail', 'exit'] as const;

function withoutRedWord(event: NewEvent): NewEvent {
  const calm = OF_PROGRAMS.map((field) => [field, event[field]] as const).filter(
    ([, value]) => typeof value === 'string' && value.includes('Error'),
  );
  return calm.length === 0
    ? event
    : {
        ...event,
        ...Object.fromEntries(calm.map(([field, value]) => [field, String(value).replaceAll('Error', 'error')])),
      };
}

/** Thai sentences end without a full stop. */
function withFullStop(sentence: string, language: Language): string {
  return language === 'th' || /[.!?]\W?$/.test(sentence) ? sentence : `${sentence}.`;
}

function isCurve(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function onlyNumbers(curve: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(curve).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}
