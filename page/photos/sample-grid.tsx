import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { say } from '../core/language.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import type { ProjectType } from '../room/types.ts';
import { EditNote } from './edit-note.tsx';
import type { Edits } from './use-edits.ts';

interface SampleGridProps {
  readonly id: string;
  readonly type: ProjectType;
  readonly samples: SamplesAnswer['samples'];
  readonly edits: Edits;
}

/** The photos of a project, each with what was decided for it. */
export function SampleGrid({ id, type, samples, edits }: SampleGridProps) {
  return (
    <ul class="grid-of-photos">
      {samples.map((sample) => (
        <li key={sample.id} class={sample.findings.length > 0 ? 'odd' : undefined}>
          <Thumbnail project={id} type={type} sample={sample} />
          {sample.label !== null && <span class="label">{sample.label}</span>}
          {sample.edit !== null && <EditNote edit={sample.edit} edits={edits} />}
          {sample.held_back === true && <span class="note">{say('photos.held_back')}</span>}
        </li>
      ))}
    </ul>
  );
}
