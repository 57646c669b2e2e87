import type { SamplesAnswer } from '../../src/samples/schemas.ts';
import { say } from '../core/language.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import type { ProjectType } from '../room/types.ts';

interface SampleGridProps {
  readonly id: string;
  readonly type: ProjectType;
  readonly samples: SamplesAnswer['samples'];
}

export function SampleGrid({ id, type, samples }: SampleGridProps) {
  return (
    <ul class="grid-of-photos">
      {samples.map((sample) => (
        <li key={sample.id} class={sample.findings.length > 0 ? 'odd' : undefined}>
          <Thumbnail project={id} type={type} sample={sample} />
          <span class="label">{sample.label ?? '–'}</span>
          {sample.held_back === true && <span class="note">{say('photos.held_back')}</span>}
        </li>
      ))}
    </ul>
  );
}
