import { useState } from 'preact/hooks';
import { isSameName } from '../../src/pupil-name.ts';
import { say } from '../core/language.ts';
import { Question } from '../parts/question.tsx';
import { busy, tellOwner } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { askOf } from '../room/whose.ts';
import { isPupil, you } from '../room/you.ts';

/** So many names stand on a card; the others behind a press, since a whole class may be at one address. */
const SHOWN_NAMES = 4;

/** Whose a project is, or the question whose. */
export function OwnerLine({ card, isProjector }: { readonly card: Card; readonly isProjector: boolean }) {
  const [name] = card.names;
  return (
    <>
      {name !== undefined && card.names.length === 1 && (
        <p class="owner">
          <span class="for-readers">{say('owner.pupil')}</span> {name}
        </p>
      )}
      {!isProjector && <Whose card={card} />}
    </>
  );
}

function Whose({ card }: { readonly card: Card }) {
  const ask = askOf(card, you.value);
  if (ask.kind === 'nothing') return mayCorrect(card) ? <ChangeOwner card={card} /> : null;
  const names = ask.kind === 'mine' ? [ask.name] : ask.names;
  const rest = names.slice(SHOWN_NAMES);
  return (
    <fieldset class="whose">
      <legend>
        {say('owner.whose')} <span class="for-readers">{card.name}</span>
      </legend>
      <Names card={card} names={names.slice(0, SHOWN_NAMES)} />
      {rest.length > 0 && (
        <details>
          <summary>{say('owner.more')}</summary>
          <Names card={card} names={rest} />
        </details>
      )}
    </fieldset>
  );
}

/** A teacher always; where keys make no difference, whoever sees a wrong name. */
function mayCorrect({ names }: Card): boolean {
  return you.value?.role === 'teacher' || (!isPupil.value && names.length === 1);
}

function Names({ card: { id }, names }: { readonly card: Card; readonly names: readonly string[] }) {
  return (
    <div class="buttons">
      {names.map((name) => (
        <button key={name} type="button" disabled={busy.value.has(id)} onClick={() => void tellOwner(id, name)}>
          {isSameName(name, you.value?.name ?? '') ? say('owner.mine', { name }) : name}
        </button>
      ))}
    </div>
  );
}

/** A teacher knows whose it is, also where nobody said it. */
function ChangeOwner({ card: { id, name, names } }: { readonly card: Card }) {
  const [isAsking, setAsking] = useState(false);
  const [written, write] = useState('');
  const answer = (isYes: boolean) => {
    setAsking(false);
    if (isYes) void tellOwner(id, written.trim());
  };
  const ask = () => {
    write(names[0] ?? '');
    setAsking(true);
  };
  return (
    <>
      <button type="button" class="quiet change-owner" onClick={ask}>
        {say('owner.change')} <span class="for-readers">{name}</span>
      </button>
      {isAsking && (
        <Question
          title={say('owner.change_title', { project: name || id })}
          yes={say('owner.save')}
          kind="main"
          onAnswer={answer}
        >
          <form
            onSubmit={(event) => {
              event.preventDefault();
              answer(true);
            }}
          >
            <label for="owner-name">{say('owner.name')}</label>
            <input id="owner-name" type="text" value={written} onInput={(event) => write(event.currentTarget.value)} />
            <p class="note">{say('owner.none')}</p>
          </form>
        </Question>
      )}
    </>
  );
}
