import type { Static } from 'typebox';
import type { ModelList } from '../../src/models/earlier-routes.ts';
import { segment } from '../core/base.ts';
import { language, say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import { busy, restore } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { modelVersion } from '../room/use-report.ts';

type Model = Static<typeof ModelList>['models'][number];

/** The trainings of a project side by side: to compare with, and to return to. */
export function EarlierTrainings({ card }: { readonly card: Card }) {
  const version = `${card.job?.id} ${card.state} ${modelVersion(card)}`;
  const path = `/projects/${segment(card.id)}/models`;
  const models = useLoaded<Static<typeof ModelList>>(path, version).value?.models ?? [];
  if (models.length < 2) return null;
  return (
    <section aria-labelledby="earlier">
      <h3 id="earlier">{say('earlier.title')}</h3>
      <Scroll label={say('earlier.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('earlier.when')}</th>
              <th scope="col">{say('result.computer')}</th>
              <th scope="col">{say('earlier.expect')}</th>
              <th scope="col">{say('earlier.use')}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <ModelRow key={model.job_id} card={card} model={model} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function ModelRow({
  card,
  model: { job_id: job, finished_at: at, current, restorable, result },
}: {
  readonly card: Card;
  readonly model: Model;
}) {
  const { right = null, checked = null, expect_least: least = null, expect_most: most = null } = result ?? {};
  return (
    <tr>
      <th scope="row">{at === null ? '–' : timeOf(at)}</th>
      <td>{right === null || checked === null ? '–' : say('result.right', { right, checked })}</td>
      <td>{least === null || most === null ? '–' : say('earlier.range', { least, most })}</td>
      <td>
        {current && <strong>{say('earlier.current')}</strong>}
        {restorable && (
          <button
            type="button"
            disabled={isOpen(card) || busy.value.has(card.id)}
            onClick={() => void restore(card.id, job)}
          >
            {say('earlier.restore')}
          </button>
        )}
        {!current && !restorable && say('earlier.gone')}
      </td>
    </tr>
  );
}

function timeOf(seconds: number): string {
  const format = new Intl.DateTimeFormat(language() === 'th' ? 'th-TH' : 'en-GB', {
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return format.format(new Date(seconds * 1000));
}
