import { say } from '../core/language.ts';
import type { Card } from '../room/types.ts';

/** How many photos each label has. */
export function Photos({ card: { labels } }: { readonly card: Card }) {
  const most = Math.max(1, ...labels.map(({ samples }) => samples ?? 0));
  return (
    <section aria-labelledby="photos">
      <h2 id="photos">{say('photos.title')}</h2>
      <table class="counts">
        <caption class="for-readers">{say('photos.counts')}</caption>
        <thead class="for-readers">
          <tr>
            <th scope="col">{say('try.label')}</th>
            <th scope="col">{say('photos.count')}</th>
          </tr>
        </thead>
        <tbody>
          {labels.map(({ label, samples }) => (
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
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
