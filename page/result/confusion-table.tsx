import { useState } from 'preact/hooks';
import { say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import type { Card } from '../room/types.ts';
import { AnswerList } from './answer-list.tsx';
import { behindCell, type SampleAnswer } from './answers.ts';
import { type Mistake, mistakesOf, strength, worstOf } from './confusion.ts';

interface ConfusionProps {
  readonly card: Card;
  readonly labels: readonly string[];
  readonly rows: readonly (readonly number[])[];
  readonly answers: readonly SampleAnswer[];
}

interface Cell {
  readonly label: string;
  readonly answer: string;
}

/** A row for each true label: what the model answered, how often, and for which photos. */
export function ConfusionTable({ card, labels, rows, answers }: ConfusionProps) {
  const [open, setOpen] = useState<Cell>();
  const [worst] = mistakesOf(labels, rows);
  const isOpen = (label: string, answer: string) => open?.label === label && open.answer === answer;
  const content = (label: string, answer: string, count: number) =>
    behindCell(answers, label, answer).length === 0 ? (
      count
    ) : (
      <button
        type="button"
        class="cell"
        aria-expanded={isOpen(label, answer)}
        aria-label={say('confusion.cell', { label, answer, count })}
        onClick={() => setOpen(isOpen(label, answer) ? undefined : { label, answer })}
      >
        {count}
      </button>
    );
  return (
    <div class="confusion">
      <h3>{say('confusion.title')}</h3>
      <p>{worst === undefined ? say('confusion.none') : worstSaid(worst)}</p>
      {answers.some(({ counted }) => counted !== null) && <p class="note">{say('confusion.press')}</p>}
      <Scroll label={say('confusion.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say('confusion.corner')}</th>
              {rows.map((_, index) => (
                <th key={labels[index]} scope="col">
                  {labels[index] ?? say('confusion.not_found')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={labels[index]}>
                <th scope="row">{labels[index] ?? say('confusion.not_there')}</th>
                {row.map((count, answer) => (
                  <td key={labels[answer]} class={`${index === answer ? 'right' : 'wrong'} s${strength(count, row)}`}>
                    {content(labels[index] ?? '', labels[answer] ?? '', count)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {open !== undefined && (
        <section aria-label={say('confusion.behind', { ...open })}>
          <h4>{say('confusion.behind', { ...open })}</h4>
          <AnswerList card={card} answers={behindCell(answers, open.label, open.answer)} />
        </section>
      )}
    </div>
  );
}

function worstSaid(mistake: Mistake): string {
  const { key, params } = worstOf(mistake);
  return say(key, params);
}
