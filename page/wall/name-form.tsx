import { useEffect, useRef, useState } from 'preact/hooks';
import { MAX_NAME_CHARACTERS } from '../../src/pupil-name.ts';
import { announce } from '../core/announce.ts';
import { say } from '../core/language.ts';
import { myName, takeName } from '../core/my-name.ts';
import { isPupil } from '../room/you.ts';

interface NameFormProps {
  /** It stands there before anybody asked for it: the focus stays where it is, and it cannot be closed. */
  readonly isFirst: boolean;
  readonly onClose: () => void;
}

/** Where somebody writes the name for this browser. */
export function NameForm({ isFirst, onClose }: NameFormProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isWrong, setWrong] = useState(false);
  useEffect(() => {
    if (!isFirst) input.current?.select();
  }, []);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const isTaken = takeName(input.current?.value ?? '');
    setWrong(!isTaken);
    if (!isTaken) return input.current?.focus();
    announce(say('who.saved', { name: myName.peek() }));
    onClose();
  };
  return (
    <form onSubmit={save}>
      <p id="who-why">{say(isPupil.value ? 'who.why_pupil' : 'who.why')}</p>
      <label for="who-name">{say('who.name')}</label>
      <input
        id="who-name"
        ref={input}
        type="text"
        autocomplete="nickname"
        defaultValue={myName.value ?? ''}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? 'who-wrong' : 'who-why'}
      />
      <p id="who-wrong" class="wrong" role="alert">
        {isWrong && say('who.wrong', { max: MAX_NAME_CHARACTERS })}
      </p>
      <div class="buttons">
        <button type="submit" class="main">
          {say('who.save')}
        </button>
        {!isFirst && (
          <button type="button" onClick={onClose}>
            {say('question.leave')}
          </button>
        )}
      </div>
    </form>
  );
}
