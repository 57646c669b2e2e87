import { say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import { mistakesOf, strength } from './confusion.ts';

interface ConfusionProps {
  readonly title: string;
  readonly labels: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** A row for each true label: what the model answered, and how often. */
export function ConfusionTable({ title, labels, rows }: ConfusionProps) {
  const [worst] = mistakesOf(labels, rows);
  return (
    <div class="confusion">
      <p>{worst === undefined ? say('confusion.none') : say('confusion.worst', { ...worst })}</p>
      <Scroll label={title}>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{say('confusion.corner')}</th>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={labels[index]}>
                <th scope="row">{labels[index]}</th>
                {row.map((count, answer) => (
                  <td key={labels[answer]} class={`${index === answer ? 'right' : 'wrong'} s${strength(count, row)}`}>
                    {count}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}
