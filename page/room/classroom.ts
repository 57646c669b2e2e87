import { batch, computed, signal } from '@preact/signals';
import { urlOf } from '../core/api.ts';
import { language } from '../core/language.ts';
import { applyEvent, type ClassState } from './state.ts';
import type { Card, ClassEvent } from './types.ts';

// The class, live: one event stream, and no polling.

/** `lost`: the server does not answer now; the page asks again by itself. */
export type Connection = 'connecting' | 'live' | 'lost';

const AGAIN_MS = 3_000;

const state = signal<ClassState | undefined>(undefined);
export const connection = signal<Connection>('connecting');
export const classroom = computed(() => state.value);

let source: EventSource | undefined;
let lastId = '';
let waiting: ClassEvent[] = [];

export function cardOf(id: string): Card | undefined {
  return state.value?.cards.find((card) => card.id === id);
}

/** Begin the stream anew, for reasons of failures in another language. */
export function followAnew(): void {
  lastId = '';
  follow();
}

export function follow(): void {
  source?.close();
  const query = new URLSearchParams({ language: language(), ...(lastId && { last_event_id: lastId }) });
  const stream = new EventSource(urlOf(`/class/events?${query}`));
  source = stream;
  stream.onopen = () => {
    connection.value = 'live';
  };
  stream.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
    lastId = lastEventId;
    take(JSON.parse(data) as ClassEvent);
  };
  stream.onerror = () => {
    connection.value = 'lost';
    // a browser gives up where it got an answer that is no stream
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => stream === source && follow(), AGAIN_MS);
  };
}

/** Events of one moment are drawn together. */
function take(event: ClassEvent): void {
  waiting.push(event);
  if (waiting.length > 1) return;
  if (document.hidden) setTimeout(apply);
  else requestAnimationFrame(apply);
}

function apply(): void {
  const events = waiting;
  waiting = [];
  batch(() => {
    state.value = events.reduce(applyEvent, state.peek());
  });
}
