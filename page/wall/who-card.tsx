import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../core/announce.ts';
import { say } from '../core/language.ts';
import { dropName, myName } from '../core/my-name.ts';
import { isPupil } from '../room/you.ts';
import { NameForm } from './name-form.tsx';

/** Asks for a name for this browser. Pupils need one to find their projects; elsewhere it only stands on the cards. */
export function WhoCard() {
  const name = myName.value;
  const [isChanging, setChanging] = useState(false);
  const [isDone, setDone] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const isOpen = isChanging || (isPupil.value && name === undefined);
  // the form is gone, and the focus must not be lost with it
  useEffect(() => {
    if (isDone && !isOpen) first.current?.focus();
    setDone(false);
  }, [isDone, isOpen]);
  const close = () => {
    setChanging(false);
    setDone(true);
  };
  const drop = () => {
    dropName();
    announce(say('who.dropped'));
    close();
  };
  return (
    <section class={`who ${isOpen ? 'open' : ''}`} aria-labelledby="who">
      <h2 id="who">{name === undefined ? say('who.title') : say('who.you', { name })}</h2>
      {isOpen ? (
        <NameForm isFirst={name === undefined && !isChanging} onClose={close} />
      ) : (
        <div class="buttons">
          <button type="button" ref={first} onClick={() => setChanging(true)}>
            {say(name === undefined ? 'who.take' : 'who.change')}
          </button>
          {name !== undefined && (
            <button type="button" class="quiet" onClick={drop}>
              {say('who.drop')}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
