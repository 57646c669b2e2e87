import { Compile } from 'typebox/compile';
import type { OutputLine } from './child.ts';
import { CHILD_EVENTS, type ChildEvent } from './event.ts';

export type ParsedLine = { readonly event: ChildEvent } | { readonly text: string };

const validators = new Map(Object.entries(CHILD_EVENTS).map(([name, schema]) => [name, Compile(schema)]));

/** A line as the event it is; whatever is none (a library's print, a cut line, an unknown name) stays text. */
export function parseLine(line: OutputLine): ParsedLine {
  if ('bytes' in line) return { text: `(a line of ${line.bytes} bytes was left out) ${line.head}` };
  if (!line.text.startsWith('{')) return { text: line.text };
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return { text: line.text };
  }
  return isChildEvent(value) ? { event: value } : { text: line.text };
}

function isChildEvent(value: unknown): value is ChildEvent {
  if (typeof value !== 'object' || value === null || !('event' in value) || typeof value.event !== 'string')
    return false;
  return validators.get(value.event)?.Check(value) ?? false;
}
