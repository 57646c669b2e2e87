import { say } from '../core/language.ts';
import { shortName } from '../parts/thumbnail.tsx';
import type { Edit, Edits } from './use-edits.ts';

/** What was decided for a photo, and the way back. */
export function EditNote({ edit, edits }: { readonly edit: Edit; readonly edits: Edits }) {
  const { action, label, file } = edit;
  return (
    <span class="edited">
      <strong>{action === 'move' ? say('edits.moved', { label: label ?? '' }) : say('edits.left_out')}</strong>
      <button type="button" class="quiet" onClick={() => void edits.undo(edit)}>
        {say('edits.undo')} <span class="for-readers">{shortName(file)}</span>
      </button>
    </span>
  );
}
