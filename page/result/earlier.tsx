import type { Static } from 'typebox';
import type { ModelList } from '../../src/models/earlier-routes.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import { busy, restore } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';
import { useLoaded } from '../room/use-loaded.ts';
import { modelVersion } from '../room/use-report.ts';
import type { Model } from './compare.ts';
import { Comparison } from './comparison.tsx';
import { nameOf, numberOf } from './model-name.ts';

/** The trainings of a project side by side: to compare with, and to return to. */
export function EarlierTrainings({ card }: { readonly card: Card }) {
  const version = `${card.job?.id} ${card.state} ${modelVersion(card)}`;
  const path = `/projects/${segment(card.id)}/models`;
  const models = useLoaded<Static<typeof ModelList>>(path, version).value?.models ?? [];
  if (models.length < 2 && !models.some(({ deleted }) => deleted > 0)) return null;
  return (
    <section aria-labelledby="earlier">
      <h3 id="earlier">{say('earlier.title')}</h3>
      <Scroll label={say('earlier.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('earlier.training')}</th>
              <th scope="col">{say('result.computer')}</th>
              <th scope="col">{say('earlier.expect')}</th>
              <th scope="col">{say('earlier.use')}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <ModelRow key={model.job_id} card={card} models={models} model={model} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {models.length > 1 && <Comparison models={models} />}
    </section>
  );
}

interface ModelRowProps {
  readonly card: Card;
  readonly models: readonly Model[];
  readonly model: Model;
}

function ModelRow({ card, models, model }: ModelRowProps) {
  const { current, restorable, result, deleted } = model;
  const { right = null, checked = null, expect_least: least = null, expect_most: most = null } = result ?? {};
  return (
    <tr>
      <th scope="row">{nameOf(models, model)}</th>
      <td>{right === null || checked === null ? '–' : say('result.right', { right, checked })}</td>
      <td>{least === null || most === null ? '–' : say('earlier.range', { least, most })}</td>
      <td>
        {current && <strong>{say('earlier.current')}</strong>}
        {restorable && <RestoreButton card={card} models={models} model={model} />}
        {!current && !restorable && say('earlier.gone')}
        {deleted > 0 && <p>{say('earlier.deleted', { count: deleted })}</p>}
      </td>
    </tr>
  );
}

function RestoreButton({ card, models, model }: ModelRowProps) {
  return (
    <button
      type="button"
      disabled={isOpen(card) || busy.value.has(card.id)}
      onClick={() => void restore(card.id, model.job_id)}
    >
      {say('earlier.restore')} <span class="for-readers">{numberOf(models, model)}</span>
    </button>
  );
}
