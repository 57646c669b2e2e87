import type { Card, ClassEvent, Point, ServerState, You } from './types.ts';

// The class as the event stream describes it. Cards that did not change stay the same objects, so only the others are drawn.

export interface ClassState {
  readonly you: You;
  readonly server: ServerState;
  readonly cards: readonly Card[];
}

/** A stream begins with `class`; what comes before it says nothing yet. */
export function applyEvent(state: ClassState | undefined, event: ClassEvent): ClassState | undefined {
  if (event.event === 'class') return { you: event.you, server: event.server, cards: event.projects };
  if (state === undefined) return undefined;
  switch (event.event) {
    case 'server':
      return { ...state, server: event.server };
    case 'removed':
      return { ...state, cards: state.cards.filter(({ id }) => id !== event.project_id) };
    case 'project':
      return { ...state, cards: withCard(state.cards, event.project) };
    case 'progress':
      return {
        ...state,
        cards: state.cards.map((card) =>
          card.id === event.project_id
            ? { ...card, job: event.job, curve: withPoints(card.curve, event.points) }
            : card,
        ),
      };
    default:
      return state;
  }
}

/** Newest upload first, as the server lists them. */
function withCard(cards: readonly Card[], card: Card): Card[] {
  const others = cards.filter(({ id }) => id !== card.id);
  const at = cards.findIndex(({ id }) => id === card.id);
  if (at >= 0 && cards[at]?.uploaded_at === card.uploaded_at) return inserted(others, at, card);
  const before = others.filter(({ uploaded_at }) => uploaded_at > card.uploaded_at);
  return inserted(others, before.length, card);
}

function inserted(cards: readonly Card[], at: number, card: Card): Card[] {
  return [...cards.slice(0, at), card, ...cards.slice(at)];
}

/** A point of an epoch that is there already takes its place: a training that goes on after a crash repeats some. */
export function withPoints(curve: readonly Point[], points: readonly Point[]): Point[] {
  const byEpoch = new Map([...curve, ...points].map((point) => [point.epoch, point]));
  return [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch);
}
