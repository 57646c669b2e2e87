import type { ComponentChildren } from 'preact';
import { announcement } from '../core/announce.ts';
import { language, say, switchLanguage } from '../core/language.ts';
import { hashOf } from '../core/route.ts';
import { route } from '../core/where.ts';
import { myName } from '../core/my-name.ts';
import { connection } from '../room/classroom.ts';
import { listTitle } from '../room/you.ts';

/** What stands around every screen: where one is, the language, and whether the server answers. */
export function Frame({
  children,
  onLanguage,
}: {
  readonly children: ComponentChildren;
  readonly onLanguage: () => void;
}) {
  const { screen } = route.value;
  const other = language() === 'th' ? 'en' : 'th';
  const toOther = () => void switchLanguage(other).then(onLanguage);
  return (
    <div class={`frame on-${screen}`}>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {say('frame.skip')}
      </button>
      <header>
        <a class="brand" href={hashOf({ screen: 'class' })}>
          <span class="mark" aria-hidden="true" />
          KidBright mAI
        </a>
        <nav aria-label={say('frame.nav')}>
          <a href={hashOf({ screen: 'class' })} aria-current={screen === 'class' ? 'page' : undefined}>
            {say(listTitle('frame.class'))}
          </a>
          <a href={hashOf({ screen: 'connect' })} aria-current={screen === 'connect' ? 'page' : undefined}>
            {say('frame.connect')}
          </a>
        </nav>
        {myName.value !== undefined && screen !== 'class' && (
          <span class="me">{say('who.you', { name: myName.value })}</span>
        )}
        <button type="button" class="quiet" lang={other} onClick={toOther}>
          {other === 'th' ? 'ไทย' : 'English'}
        </button>
      </header>
      <p class={`connection ${connection.value}`} role="status">
        {connection.value === 'lost' ? say('frame.lost') : ''}
      </p>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <div class="announcement" role="status">
        {announcement.value && (
          <p key={announcement.value.number} class={announcement.value.isBad ? 'bad' : 'good'}>
            {announcement.value.text}
          </p>
        )}
      </div>
    </div>
  );
}
