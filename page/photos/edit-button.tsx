import { say } from '../core/language.ts';
import { shortName } from '../parts/thumbnail.tsx';
import type { Edits } from './use-edits.ts';

interface EditButtonProps {
  readonly sample: { readonly id: string; readonly file: string; readonly suggestion?: string };
  readonly action: 'move' | 'leave_out';
  readonly edits: Edits;
}

/** The one thing to do with a photo of a finding. */
export function EditButton({ sample: { id, file, suggestion }, action, edits }: EditButtonProps) {
  const isMove = action === 'move' && suggestion !== undefined;
  const wish = isMove
    ? ({ sample: id, action: 'move', label: suggestion } as const)
    : ({ sample: id, action: 'leave_out' } as const);
  return (
    <button type="button" onClick={() => void edits.add([wish])}>
      {isMove ? say('edits.move', { label: suggestion }) : say('edits.leave_out')}{' '}
      <span class="for-readers">{shortName(file)}</span>
    </button>
  );
}
