import { say } from '../core/language.ts';
import { Bar } from '../parts/bar.tsx';

export interface LabelCount {
  readonly label: string;
  readonly samples: number | null;
  /** Groups that are nearly the same; unknown before a training. */
  readonly scenes?: number | null;
}

/** How many photos each label has, and in how many places they were taken. */
export function Counts({ labels }: { readonly labels: readonly LabelCount[] }) {
  // a photo with boxes has any number of labels
  if (labels.every(({ samples }) => samples === null)) return <p>{labels.map(({ label }) => label).join(', ')}</p>;
  const most = Math.max(1, ...labels.map(({ samples }) => samples ?? 0));
  const hasScenes = labels.some(({ scenes }) => typeof scenes === 'number');
  return (
    <table class="counts">
      <thead>
        <tr>
          <th scope="col">{say('try.label')}</th>
          <th scope="col">{say('photos.count')}</th>
          {hasScenes && <th scope="col">{say('photos.scenes')}</th>}
        </tr>
      </thead>
      <tbody>
        {labels.map(({ label, samples, scenes }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>
              <Bar kind="computer" part={(samples ?? 0) / most}>
                {samples ?? '–'}
              </Bar>
            </td>
            {hasScenes && <td>{scenesOf(samples, scenes)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The scenes are those of the last training: photos may have gone to another label since, and their scenes with them. */
function scenesOf(samples: number | null, scenes: number | null | undefined): number | string {
  return typeof scenes === 'number' ? Math.min(scenes, samples ?? scenes) : '–';
}
