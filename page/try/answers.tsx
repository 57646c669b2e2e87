import type { InferenceAnswer } from '../../src/models/schemas.ts';
import { say } from '../core/language.ts';
import { percent } from '../core/percent.ts';
import { Bar } from '../parts/bar.tsx';
import type { Card } from '../room/types.ts';
import { barsOf, verdictOf, type Answer } from './verdict.ts';

interface AnswersProps {
  readonly card: Card;
  readonly answer: InferenceAnswer;
  readonly threshold: number;
  readonly onThreshold: (threshold: number) => void;
}

/** The answer of the computer and that of the board, in words and as two bars a label. */
export function Answers({ card, answer, threshold, onThreshold }: AnswersProps) {
  if (card.type === 'OBJECT_DETECTION') return <FoundBoxes answer={answer} />;
  return (
    <div class="answers">
      <div aria-live="polite">
        <Said who={say('try.computer')} answer={answer} threshold={threshold} />
        {answer.board ? (
          <Said who={say('try.board')} answer={answer.board} threshold={threshold} />
        ) : (
          <p class="note">{say('try.no_board')}</p>
        )}
      </div>
      <Bars answer={answer} threshold={threshold} />
      <label class="threshold">
        {say('try.threshold', { percent: Math.round(threshold * 100) })}
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={threshold}
          onInput={({ currentTarget }) => onThreshold(Number(currentTarget.value))}
        />
      </label>
    </div>
  );
}

function Said({
  who,
  answer,
  threshold,
}: {
  readonly who: string;
  readonly answer: Answer;
  readonly threshold: number;
}) {
  const label = verdictOf(answer, threshold);
  return (
    <p class="said">
      <span class="who">{who}</span> <strong>{label ?? say('try.unknown')}</strong>
    </p>
  );
}

function Bars({ answer, threshold }: { readonly answer: InferenceAnswer; readonly threshold: number }) {
  const hasBoard = answer.board !== undefined;
  return (
    <table class="bars">
      <caption class="for-readers">{say('try.bars')}</caption>
      <thead>
        <tr>
          <th scope="col">{say('try.label')}</th>
          <th scope="col">{say('try.computer')}</th>
          {hasBoard && <th scope="col">{say('try.board')}</th>}
        </tr>
      </thead>
      <tbody>
        {barsOf(answer).map(({ label, computer, board = 0 }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>
              <Bar kind="computer" part={computer} limit={threshold}>
                {percent(computer)}
              </Bar>
            </td>
            {hasBoard && (
              <td>
                <Bar kind="board" part={board} limit={threshold}>
                  {percent(board)}
                </Bar>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FoundBoxes({ answer }: { readonly answer: InferenceAnswer }) {
  const lists = [
    { who: say('try.computer'), boxes: answer.boxes ?? [] },
    ...(answer.board ? [{ who: say('try.board'), boxes: answer.board.boxes ?? [] }] : []),
  ];
  return (
    <div class="answers" aria-live="polite">
      {lists.map(({ who, boxes }) => (
        <div key={who}>
          <p class="said">
            <span class="who">{who}</span> <strong>{say('try.found', { count: boxes.length })}</strong>
          </p>
          <ul>
            {boxes.map(({ label, prob, x1, y1 }) => (
              <li key={`${label} ${x1} ${y1}`}>
                {label} ({percent(prob)})
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
