import { say } from '../core/language.ts';
import { Scroll } from '../parts/scroll.tsx';
import type { Changed, Said } from '../room/report.ts';

/** Where the board will answer something else than the computer. */
export function ChangedAnswers({ changed }: { readonly changed: readonly Changed[] }) {
  return (
    <section aria-labelledby="changed">
      <h3 id="changed">{say('changed.title')}</h3>
      {changed.length === 0 ? (
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
                  <th scope="row">{nameOf(file)}</th>
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

function nameOf(file = ''): string {
  return file.replace(/^dataset\//, '');
}

function answerOf(said: Said | undefined): string {
  if (said?.prediction === undefined) return '–';
  return said.prob === undefined ? said.prediction : `${said.prediction} (${Math.round(said.prob * 100)} %)`;
}
