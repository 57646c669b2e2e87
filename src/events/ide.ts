import type { Language } from './language.ts';
import type { Catalogue } from './messages/catalogue.ts';
import { render } from './messages/render.ts';
import type { NewEvent } from './stored-event.ts';

/** Whose event it is, for readers of a stream that joins many jobs. */
export interface EventSource {
  readonly jobId: string;
  readonly projectId: string;
}

export type IdeEvent = Readonly<Record<string, unknown>> & { readonly time: number; readonly event: string; readonly msg: string };

/**
 * A stored event as the IDE reads it: `msg` is the sentence in the reader's language. The IDE draws
 * every key of `matric` as a curve, so a loss that was not finite (null) is left out.
 */
export function toIdeEvent(event: NewEvent & { readonly time: number }, source: EventSource | undefined, language: Language, catalogue: Catalogue): IdeEvent {
  const { time, event: name, msg: _english, ...fields } = event;
  const ids = source ? { job_id: source.jobId, project_id: source.projectId } : {};
  const shown = { time, event: name, msg: render(event, language, catalogue), ...fields, ...ids };
  return isCurve(fields.matric) ? { ...shown, matric: onlyNumbers(fields.matric) } : shown;
}

function isCurve(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function onlyNumbers(curve: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(Object.entries(curve).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
}
