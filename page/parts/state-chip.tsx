import { say } from '../core/language.ts';
import { stateWords } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';

/** What a project does now, in words and by a sign, so that nobody needs the colours. */
export function StateChip({ card }: { readonly card: Card }) {
  const { kind, key, params } = stateWords(card);
  return (
    <p class={`chip ${kind}`}>
      <span class="sign" aria-hidden="true" />
      {say(key, params)}
    </p>
  );
}
