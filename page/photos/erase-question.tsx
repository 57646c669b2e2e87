import { say } from '../core/language.ts';
import { Question } from '../parts/question.tsx';
import { shortName, Thumbnail } from '../parts/thumbnail.tsx';
import type { Card } from '../room/types.ts';

interface EraseQuestionProps {
  readonly card: Card;
  readonly sample: { readonly id: string; readonly file: string };
  readonly onAnswer: (isYes: boolean) => void;
}

/** Before a photo or clip is deleted everywhere: which one, what goes with it, and where else it may still be. */
export function EraseQuestion({ card, sample, onAnswer }: EraseQuestionProps) {
  return (
    <Question
      title={say('question.erase', { name: shortName(sample.file) })}
      yes={say('question.erase_yes')}
      onAnswer={onAnswer}
    >
      <div class="asked">
        <Thumbnail project={card.id} type={card.type} sample={sample} />
      </div>
      <p>{say('question.erase_what')}</p>
      <p>{say('question.erase_marked')}</p>
      <p>{say('question.erase_elsewhere')}</p>
    </Question>
  );
}
