import { say } from '../core/language.ts';
import { percent } from '../core/percent.ts';
import { Scroll } from '../parts/scroll.tsx';
import { shortName } from '../parts/thumbnail.tsx';
import type { Changed, Said } from '../room/report.ts';
import type { Card } from '../room/types.ts';
import { AnswerList } from './answer-list.tsx';
import { changedOnes, type SampleAnswer } from './answers.ts';

interface ChangedProps {
  readonly card: Card;
  readonly changed: readonly Changed[];
  readonly answers: readonly SampleAnswer[];
}

/** Where the board will answer something else than the computer: the photos, or their names where only the report is there. */
export function ChangedAnswers({ card, changed, answers }: ChangedProps) {
  const photos = changedOnes(answers);
  return (
    <section aria-labelledby="changed">
      <h3 id="changed">{say('changed.title')}</h3>
      {photos.length > 0 ? (
        <AnswerList card={card} answers={photos} />
      ) : changed.length === 0 ? (
        <p>{say('changed.none')}</p>
      ) : (
        <Scroll label={say('changed.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say('changed.file')}</th>
                <th scope="col">{say('changed.label')}</th>
                <th scope="col">{say('changed.computer')}</th>
                <th scope="col">{say('changed.board')}</th>
              </tr>
            </thead>
            <tbody>
              {changed.map(({ file, label, float, board }) => (
                <tr key={file}>
                  <th scope="row">{shortName(file ?? '')}</th>
                  <td>{label ?? '–'}</td>
                  <td>{answerOf(float)}</td>
                  <td>{answerOf(board)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

function answerOf(said: Said | undefined): string {
  if (said?.prediction === undefined) return '–';
  return said.prob === undefined ? said.prediction : `${said.prediction} (${percent(said.prob)})`;
}
