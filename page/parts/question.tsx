import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { say } from '../core/language.ts';

interface QuestionProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly yes: string;
  /** `bad`: something is lost by it. */
  readonly kind?: 'bad' | 'main';
  readonly onAnswer: (isYes: boolean) => void;
}

/** Asks before something is done. The browser keeps the focus inside, and Escape is no. */
export function Question({ title, children, yes, kind = 'bad', onAnswer }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="question" aria-labelledby="question-title" onClose={() => onAnswer(false)}>
      <h2 id="question-title">{title}</h2>
      <div>{children}</div>
      <div class="buttons">
        <button type="button" class={kind} onClick={() => onAnswer(true)}>
          {yes}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {say(kind === 'bad' ? 'question.no' : 'question.leave')}
        </button>
      </div>
    </dialog>
  );
}
