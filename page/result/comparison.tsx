import { useState } from 'preact/hooks';
import { say } from '../core/language.ts';
import type { TextKey } from '../core/text-key.ts';
import { Scroll } from '../parts/scroll.tsx';
import { differencesOf, type Model, type Verdict, verdictOf } from './compare.ts';
import { rowsOf, settingsLine } from './compare-rows.ts';
import { nameOf } from './model-name.ts';

interface ComparisonProps {
  /** The newest first. */
  readonly models: readonly Model[];
}

/** Two trainings side by side, and whether one is better than the other. */
export function Comparison({ models }: ComparisonProps) {
  const [chosen, setChosen] = useState<readonly [string | undefined, string | undefined]>([undefined, undefined]);
  const find = (job: string | undefined) => models.find(({ job_id: id }) => id === job);
  const [first, second] = [find(chosen[0]) ?? models[1], find(chosen[1]) ?? models[0]];
  if (first === undefined || second === undefined) return null;
  const names = [first, second].map((model) => nameOf(models, model));
  const rows = rowsOf(first, second);
  return (
    <section class="comparison" aria-labelledby="comparison">
      <h4 id="comparison">{say('compare.title')}</h4>
      <div class="buttons">
        <Choice
          models={models}
          name={say('compare.first')}
          chosen={first}
          onChoice={(id) => setChosen([id, chosen[1]])}
        />
        <Choice
          models={models}
          name={say('compare.second')}
          chosen={second}
          onChoice={(id) => setChosen([chosen[0], id])}
        />
      </div>
      <p class="verdict" role="status">
        {first === second
          ? say('compare.one')
          : say(VERDICTS[verdictOf(first, second)], { first: names[0], second: names[1] })}
      </p>
      <Scroll label={say('compare.title')}>
        <table>
          <thead>
            <tr>
              <td />
              {names.map((name, index) => (
                <th key={index === 0 ? 'first' : 'second'} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, values: [one, other] }) => (
              <tr key={name} class={one === other ? '' : 'differs'}>
                <th scope="row">{name}</th>
                <td>{one}</td>
                <td>{other}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {first !== second && <p class="note">{settingsLine(differencesOf(first, second))}</p>}
    </section>
  );
}

const VERDICTS = {
  unknown: 'compare.unknown',
  other_labels: 'compare.other_labels',
  same: 'compare.same',
  chance: 'compare.chance',
  first: 'compare.first_better',
  second: 'compare.second_better',
} as const satisfies Record<Verdict, TextKey>;

interface ChoiceProps {
  readonly models: readonly Model[];
  readonly name: string;
  readonly chosen: Model;
  readonly onChoice: (job: string) => void;
}

function Choice({ models, name, chosen, onChoice }: ChoiceProps) {
  return (
    <label class="choose">
      {name}
      <select value={chosen.job_id} onChange={({ currentTarget }) => onChoice(currentTarget.value)}>
        {models.map((model) => (
          <option key={model.job_id} value={model.job_id}>
            {nameOf(models, model)}
          </option>
        ))}
      </select>
    </label>
  );
}
