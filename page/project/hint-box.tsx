import { say } from '../core/language.ts';
import { hashOf, type ProjectPart } from '../core/route.ts';
import { busy, convert, train } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { hintOf, type Hint } from './hint.ts';

/** The one next step, with its button. */
export function HintBox({ card, part }: { readonly card: Card; readonly part: ProjectPart }) {
  const hint = hintOf(card);
  return (
    <section class="hint" aria-labelledby="hint">
      <h2 id="hint">{say('hint.title')}</h2>
      <p>{say(hint.key, hint.params)}</p>
      <HintButton card={card} part={part} hint={hint} />
    </section>
  );
}

function HintButton({
  card: { id },
  part,
  hint: { action },
}: {
  readonly card: Card;
  readonly part: ProjectPart;
  readonly hint: Hint;
}) {
  if (action === undefined) return null;
  const isBusy = busy.value.has(id);
  if (action === 'train')
    return (
      <button type="button" class="main" disabled={isBusy} onClick={() => void train(id)}>
        {say('button.train_now')}
      </button>
    );
  if (action === 'convert')
    return (
      <button type="button" class="main" disabled={isBusy} onClick={() => convert(id)}>
        {say('button.convert')}
      </button>
    );
  if (action.part === part) return null;
  return (
    <a class="button main" href={hashOf({ screen: 'project', id, part: action.part })}>
      {say(`part.${action.part}`)}
    </a>
  );
}
