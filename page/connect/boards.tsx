import { say } from '../core/language.ts';
import { useLoaded } from '../room/use-loaded.ts';

/** Of what /ping answers: a board, and whether the server makes models for it now. */
interface Board {
  readonly id: string;
  readonly name: string;
  readonly ready: boolean;
  readonly setup?: string;
}

/** For which boards the server makes models, and what a teacher does for those that are missing. */
export function Boards() {
  const { value } = useLoaded<{ readonly boards: readonly Board[] }>('/ping', '');
  if (value === undefined) return null;
  return (
    <section class="way" aria-labelledby="boards">
      <div>
        <h2 id="boards">{say('connect.boards')}</h2>
        <ul>
          {value.boards.map(({ id, name, ready, setup = '' }) => (
            <li key={id}>{say(ready ? 'connect.board_ready' : 'connect.board_not', { board: name, setup })}</li>
          ))}
        </ul>
      </div>
    </section>
  );
}
