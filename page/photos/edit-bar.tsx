import { say } from '../core/language.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import { busy, train } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';
import { EditNote } from './edit-note.tsx';
import type { Edits } from './use-edits.ts';

/** What was changed, each with the way back, and the training that makes it count. */
export function EditBar({ card, edits }: { readonly card: Card; readonly edits: Edits }) {
  const { length: count } = edits.list;
  if (count === 0) return null;
  return (
    <section class="edit-bar" aria-labelledby="edits">
      <h2 id="edits">{say('edits.waiting', { count })}</h2>
      <p class="note">{say('edits.upload_stays')}</p>
      <ul class="grid-of-photos">
        {edits.list.map((edit) => (
          <li key={edit.id}>
            <Thumbnail project={card.id} type={card.type} sample={{ id: edit.sample, file: edit.file }} />
            <EditNote edit={edit} edits={edits} />
          </li>
        ))}
      </ul>
      <button
        type="button"
        class="main"
        disabled={isOpen(card) || busy.value.has(card.id)}
        onClick={() => void train(card.id)}
      >
        {say('edits.train')}
      </button>
    </section>
  );
}
