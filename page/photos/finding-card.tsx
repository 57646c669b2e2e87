import { useState } from 'preact/hooks';
import type { Finding } from '../../src/samples/schemas.ts';
import { say } from '../core/language.ts';
import { Thumbnail } from '../parts/thumbnail.tsx';
import type { ProjectType } from '../room/types.ts';
import { EditButton } from './edit-button.tsx';
import type { Edits } from './use-edits.ts';

const SHOWN_FIRST = 8;

interface FindingCardProps {
  readonly id: string;
  readonly type: ProjectType;
  readonly finding: Finding;
  readonly edits: Edits;
}

/** What is odd, why it matters, and the photos it is about. */
export function FindingCard({ id, type, finding: { code, msg, samples, action }, edits }: FindingCardProps) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? samples : samples.slice(0, SHOWN_FIRST);
  return (
    <article class={`finding ${code}`}>
      <p>{msg}</p>
      {shown.length > 0 && (
        <ul class="grid-of-photos">
          {shown.map((sample) => (
            <li key={`${sample.id} ${sample.pair ?? ''}`}>
              <Thumbnail project={id} type={type} sample={sample} />
              {sample.suggestion !== undefined && (
                <span class="label">{say('findings.suggestion', { label: sample.suggestion })}</span>
              )}
              {(action === 'move' || action === 'leave_out') && (
                <EditButton sample={sample} action={action} edits={edits} />
              )}
            </li>
          ))}
        </ul>
      )}
      {samples.length > SHOWN_FIRST && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? say('findings.fewer') : say('findings.more', { count: samples.length - SHOWN_FIRST })}
        </button>
      )}
      {action === 'leave_out' && samples.length > 1 && (
        <button type="button" onClick={() => void edits.add(samples.map(({ id: sample }) => ({ sample, action })))}>
          {say('edits.leave_out_all', { count: samples.length })}
        </button>
      )}
    </article>
  );
}
