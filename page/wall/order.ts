import type { Card, ServerState, Stuck } from '../room/types.ts';

// Which projects need a person, and how many are at which point.

export interface Groups {
  readonly stuck: readonly Card[];
  readonly others: readonly Card[];
}

/** What cannot go on without a person comes before what only waits. */
const URGENCY: Readonly<Record<Stuck, number>> = { failed: 0, no_samples: 1, same_answer: 2, waits: 3 };

/** The cards that stand out, the most urgent first, and the others as the server lists them. */
export function groupCards(cards: readonly Card[]): Groups {
  const urgencyOf = ({ stuck }: Card) => (stuck === null ? 9 : URGENCY[stuck]);
  return {
    stuck: cards.filter(({ stuck }) => stuck !== null).sort((a, b) => urgencyOf(a) - urgencyOf(b)),
    others: cards.filter(({ stuck }) => stuck === null),
  };
}

export interface Summary {
  readonly projects: number;
  readonly running: number;
  readonly waiting: number;
  readonly ready: number;
}

export function summaryOf(cards: readonly Card[], server: Pick<ServerState, 'waiting'>): Summary {
  return {
    projects: cards.length,
    running: cards.filter(({ state }) => state === 'active').length,
    waiting: server.waiting,
    ready: cards.filter(({ result }) => result !== null).length,
  };
}
