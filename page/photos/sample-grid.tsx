import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { say } from '../core/language.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import type { ProjectType } from '../room/types.ts';
import { EditNote } from './edit-note.tsx';
import type { Edit, Edits } from './use-edits.ts';

interface SampleGridProps {
  readonly id: string;
  readonly type: ProjectType;
  readonly samples: SamplesAnswer['samples'];
  readonly edits: Edits;
}

export function SampleGrid({ id, type, samples, edits }: SampleGridProps) {
  return (
    <ul class="grid-of-photos">
      {samples.map((sample) => (
        <li key={sample.id} class={sample.findings.length > 0 ? 'odd' : undefined}>
          <Thumbnail project={id} type={type} sample={sample} />
          {sample.label !== null && <span class="label">{sample.label}</span>}
          <Decided edit={edits.of(sample.id)} edits={edits} />
          {sample.held_back === true && <span class="note">{say('photos.held_back')}</span>}
        </li>
      ))}
    </ul>
  );
}

function Decided({ edit, edits }: { readonly edit: Edit | undefined; readonly edits: Edits }) {
  return edit === undefined ? null : <EditNote edit={edit} edits={edits} />;
}
