import { say } from '../core/language.ts';

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
              <span class="bar computer">
                <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="all" width="100" height="10" />
                  <rect class="part" width={((samples ?? 0) / most) * 100} height="10" />
                </svg>
                <span class="percent">{samples ?? '–'}</span>
              </span>
            </td>
            {hasScenes && <td>{scenes ?? '–'}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
