import { useState } from 'preact/hooks';
import { say } from '../core/language.ts';
import { Question } from '../parts/question.tsx';
import { busy, removeProject, stop, train } from '../room/actions.ts';
import { isOpen } from '../room/state-words.ts';
import type { Card } from '../room/types.ts';

/** What a teacher does with a project: stop it, start it again, delete it. */
export function CardButtons({ card }: { readonly card: Card }) {
  const [isAsking, setAsking] = useState(false);
  const { id, name } = card;
  const isBusy = busy.value.has(id);
  const answer = (isYes: boolean) => {
    setAsking(false);
    if (isYes) void removeProject(id);
  };
  return (
    <div class="buttons">
      {isOpen(card) ? (
        <button type="button" disabled={isBusy} onClick={() => void stop(id)}>
          {say('button.stop')} <span class="for-readers">{name}</span>
        </button>
      ) : (
        <button type="button" disabled={isBusy} onClick={() => void train(id)}>
          {say(card.job === null ? 'button.train' : 'button.train_again')} <span class="for-readers">{name}</span>
        </button>
      )}
      <button type="button" class="quiet" disabled={isBusy} onClick={() => setAsking(true)}>
        {say('button.delete')} <span class="for-readers">{name}</span>
      </button>
      {isAsking && (
        <Question
          title={say('question.delete', { name: name || id })}
          yes={say('question.delete_yes')}
          onAnswer={answer}
        >
          <p>{say('question.delete_what', { samples: card.samples })}</p>
        </Question>
      )}
    </div>
  );
}
