import { useMemo } from 'preact/hooks';
import { say } from '../core/language.ts';
import { hashOf } from '../core/route.ts';
import type { TextKey } from '../core/text-key.ts';
import { Figure } from '../parts/figure.tsx';
import { classroom } from '../room/classroom.ts';
import type { Card, ServerState } from '../room/types.ts';
import { groupCards, summaryOf } from './order.ts';
import { isPupil, listTitle } from '../room/you.ts';
import { ProjectCard } from './project-card.tsx';
import { WhoCard } from './who-card.tsx';

/** Every project of the class, live; who is stuck comes first. */
export function Wall({ isProjector }: { readonly isProjector: boolean }) {
  const state = classroom.value;
  if (state === undefined) return <p class="loading">{say('wall.loading')}</p>;
  const { stuck, others } = groupCards(state.cards);
  return (
    <div class="wall">
      <div class="title-row">
        <h1 tabIndex={-1}>{say(listTitle('wall.title'))}</h1>
        {(isProjector || !isPupil.value) && (
          <a class="button quiet" href={hashOf({ screen: isProjector ? 'class' : 'projector' })}>
            {say(isProjector ? 'wall.projector_off' : 'wall.projector')}
          </a>
        )}
      </div>
      {!isProjector && state.you.role !== 'teacher' && <WhoCard />}
      <Room server={state.server} />
      <Summary cards={state.cards} server={state.server} />
      {state.cards.length === 0 && <Empty />}
      {stuck.length > 0 && (
        <section class="stuck" aria-labelledby="stuck">
          <h2 id="stuck">{say('wall.stuck', { count: stuck.length })}</h2>
          <Cards cards={stuck} isProjector={isProjector} />
        </section>
      )}
      {others.length > 0 && (
        <section aria-labelledby="others">
          <h2 id="others">{say(othersTitle(stuck), { count: others.length })}</h2>
          <Cards cards={others} isProjector={isProjector} />
        </section>
      )}
    </div>
  );
}

function othersTitle(stuck: readonly Card[]): TextKey {
  if (stuck.length === 0) return 'wall.all';
  return isPupil.value ? 'wall.own_others' : 'wall.others';
}

function Cards({ cards, isProjector }: { readonly cards: readonly Card[]; readonly isProjector: boolean }) {
  return (
    <ul class="cards">
      {cards.map((card) => (
        <li key={card.id}>
          <CardOnce card={card} isProjector={isProjector} />
        </li>
      ))}
    </ul>
  );
}

/** Drawn anew only when the project itself has changed, not with every other one of the class. */
function CardOnce({ card, isProjector }: { readonly card: Card; readonly isProjector: boolean }) {
  return useMemo(() => <ProjectCard card={card} isProjector={isProjector} />, [card, isProjector]);
}

function Summary({ cards, server }: { readonly cards: readonly Card[]; readonly server: ServerState }) {
  const { projects, running, waiting, ready } = summaryOf(cards, server);
  return (
    <dl class="summary">
      <Figure value={projects} name={say('wall.projects')} />
      <Figure value={running} name={say('wall.running')} />
      <Figure value={waiting} name={say('wall.waiting')} />
      <Figure value={ready} name={say('wall.ready')} />
      <Figure value={server.free_slots} name={say('wall.free_slots')} />
      {server.disk_free !== null && (
        <Figure
          value={say('wall.gigabytes', { gigabytes: Math.floor(server.disk_free / 1e9) })}
          name={say('wall.disk')}
          isBad={server.disk_full}
        />
      )}
    </dl>
  );
}

/** Said from 80 % on, so that a class can tidy up before something is refused. */
function Room({ server: { quota } }: { readonly server: ServerState }) {
  if (quota === null || quota.level === 'ok') return null;
  const { bytes, max_bytes, projects, max_projects } = quota;
  return (
    <p class="why" role="status">
      {say(quota.level === 'full' ? 'wall.room_full' : 'wall.room_near')}
      {max_bytes !== null &&
        ` ${say('wall.room_used', { used: Math.round(bytes / 1e6), max: Math.round(max_bytes / 1e6) })}`}
      {max_projects !== null && ` ${say('wall.room_projects', { projects, max: max_projects })}`}
    </p>
  );
}

function Empty() {
  return (
    <section class="empty">
      <h2>{say(isPupil.value ? 'wall.own_empty' : 'wall.empty')}</h2>
      <p>{say(isPupil.value ? 'wall.own_empty_how' : 'wall.empty_how')}</p>
      <a class="button" href={hashOf({ screen: 'connect' })}>
        {say('wall.empty_connect')}
      </a>
    </section>
  );
}
