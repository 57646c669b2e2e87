import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Connect } from './connect/connect.tsx';
import { say } from './core/language.ts';
import type { Route } from './core/route.ts';
import { route } from './core/where.ts';
import { Frame } from './parts/frame.tsx';
import { Photos } from './photos/photos.tsx';
import { Project } from './project/project.tsx';
import { Result } from './result/result.tsx';
import { cardOf, followAnew } from './room/classroom.ts';
import type { Card } from './room/types.ts';
import { listTitle } from './room/you.ts';
import { Training } from './training/training.tsx';
import { TryIt } from './try/try-it.tsx';
import { Wall } from './wall/wall.tsx';

/** The screen that the address names, in its frame. */
export function App() {
  useScreenChange(route.value);
  return (
    <Frame onLanguage={followAnew}>
      <Screen route={route.value} />
    </Frame>
  );
}

function Screen({ route: shown }: { readonly route: Route }) {
  switch (shown.screen) {
    case 'class':
    case 'projector':
      return <Wall isProjector={shown.screen === 'projector'} />;
    case 'connect':
      return <Connect />;
    case 'project':
      return (
        <Project key={shown.id} id={shown.id} part={shown.part}>
          {(card) => <Part part={shown.part} card={card} />}
        </Project>
      );
  }
}

const PARTS = { training: Training, photos: Photos, result: Result, try: TryIt };

function Part({ part, card }: { readonly part: keyof typeof PARTS; readonly card: Card }) {
  const Shown = PARTS[part];
  return <Shown card={card} />;
}

/** A new screen begins at its heading, for the eyes, the keyboard and screen readers. */
function useScreenChange(shown: Route): void {
  const before = useRef(shown);
  useSignalEffect(() => {
    document.title = `${nameOf(route.value)} · KidBright mAI`;
  });
  useEffect(() => {
    const last = before.current;
    before.current = shown;
    if (last === shown) return;
    const isOtherPart = last.screen === 'project' && shown.screen === 'project' && last.id === shown.id;
    if (isOtherPart) return;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [shown]);
}

function nameOf(shown: Route): string {
  if (shown.screen === 'connect') return say('connect.title');
  if (shown.screen !== 'project') return say(listTitle('wall.title'));
  return `${cardOf(shown.id)?.name ?? shown.id} – ${say(`part.${shown.part}`)}`;
}
