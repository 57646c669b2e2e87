import { computed, signal } from '@preact/signals';
import { urlWithName } from '../core/api.ts';
import { language } from '../core/language.ts';
import { gathered, inParts } from './gather.ts';
import { applyEvent, type ClassState } from './state.ts';
import type { Card, ClassEvent } from './types.ts';

// The class, live: one event stream, and no polling.

/** `lost`: the server does not answer now; the page asks again by itself. */
export type Connection = 'connecting' | 'live' | 'lost';

const AGAIN_MS = 3_000;
const HIDDEN_MS = 15_000;
const DRAWN_AT_ONCE = 3;

const state = signal<ClassState | undefined>(undefined);
export const connection = signal<Connection>('connecting');
export const classroom = computed(() => state.value);
export const isLoading = computed(() => state.value === undefined);

let source: EventSource | undefined;
let lastId = '';
let waiting: ClassEvent[] = [];

export function cardOf(id: string): Card | undefined {
  return state.value?.cards.find((card) => card.id === id);
}

/** Begin the stream anew: in another language, or for somebody else. */
export function followAnew(): void {
  lastId = '';
  if (source) follow();
}

/**
 * A browser opens six connections to one server, for all its tabs and for the IDE: a page that nobody sees leaves its
 * own to the others, and goes on when it is seen again.
 */
export function leaveWhileHidden(): void {
  let leaving: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(leave, HIDDEN_MS);
    else if (!source) follow();
  });
}

function leave(): void {
  source?.close();
  source = undefined;
}

export function follow(spoken = language()): void {
  source?.close();
  const query = new URLSearchParams({ language: spoken, ...(lastId && { last_event_id: lastId }) });
  const stream = new EventSource(urlWithName(`/class/events?${query}`));
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

/** Events of one moment are drawn together, a few in each frame, so that the page stays quick whatever a class does. */
function take(event: ClassEvent): void {
  if (waiting.length === 0) schedule();
  const isFirst = event.event === 'class' && state.peek() === undefined;
  waiting = isFirst ? inParts(event, DRAWN_AT_ONCE) : gathered(waiting, event);
}

function schedule(): void {
  if (document.hidden) setTimeout(apply);
  else requestAnimationFrame(() => setTimeout(apply));
}

function apply(): void {
  const events = waiting.slice(0, DRAWN_AT_ONCE);
  waiting = waiting.slice(DRAWN_AT_ONCE);
  state.value = events.reduce(applyEvent, state.peek());
  if (waiting.length > 0) schedule();
}
