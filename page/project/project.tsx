import type { ComponentChildren } from 'preact';
import { useComputed } from '@preact/signals';
import { say } from '../core/language.ts';
import { hashOf, PROJECT_PARTS, type ProjectPart } from '../core/route.ts';
import { StateChip } from '../parts/state-chip.tsx';
import { cardOf, isLoading } from '../room/classroom.ts';
import { typeWords } from '../room/type-words.ts';
import type { Card } from '../room/types.ts';
import { isPupil, listTitle } from '../room/you.ts';
import { HintBox } from './hint-box.tsx';

interface ProjectProps {
  readonly id: string;
  readonly part: ProjectPart;
  readonly children: (card: Card) => ComponentChildren;
}

/** One project: what it is, the next step, and the part that was chosen. */
export function Project({ id, part, children }: ProjectProps) {
  const card = useComputed(() => cardOf(id)).value;
  if (card === undefined) return isLoading.value ? <p class="loading">{say('wall.loading')}</p> : <Gone id={id} />;
  return (
    <div class="project">
      <p class="back">
        <a href={hashOf({ screen: 'class' })}>← {say(listTitle('frame.class'))}</a>
      </p>
      <div class="title-row">
        <h1 tabIndex={-1}>{card.name || card.id}</h1>
        <StateChip card={card} />
      </div>
      <p class="note">
        {say(typeWords(card.type))} · {say('card.samples', { samples: card.samples })}
        {card.names.length === 1 && <> · {card.names[0]}</>}
      </p>
      <HintBox card={card} part={part} />
      <nav class="tabs" aria-label={say('project.parts')}>
        {PROJECT_PARTS.map((other) => (
          <a
            key={other}
            href={hashOf({ screen: 'project', id, part: other })}
            aria-current={other === part ? 'page' : undefined}
          >
            {say(`part.${other}`)}
          </a>
        ))}
      </nav>
      {children(card)}
    </div>
  );
}

function Gone({ id }: { readonly id: string }) {
  return (
    <section class="empty">
      <h1 tabIndex={-1}>{say('project.gone', { id })}</h1>
      {isPupil.value && <p>{say('project.not_yours')}</p>}
      <a class="button" href={hashOf({ screen: 'class' })}>
        {say(isPupil.value ? 'project.to_own' : 'project.to_class')}
      </a>
    </section>
  );
}
