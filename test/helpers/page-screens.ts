import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Visit } from './page-visit.ts';

/** Every screen of the class that page-class.ts starts, in each of its states. */
export const SCREENS = {
  class: '#/',
  projector: '#/projector',
  connect: '#/connect',
  'training runs': '#/project/runs',
  'training waits': '#/project/waits1',
  'training failed': '#/project/failed',
  'training of a project that was never trained': '#/project/fresh',
  'training done': '#/project/ready',
  photos: '#/project/ready/photos',
  'photos of none': '#/project/empty/photos',
  result: '#/project/ready/result',
  'result of one answer': '#/project/same/result',
  'result of none': '#/project/fresh/result',
  'try it': '#/project/ready/try',
  'try it too early': '#/project/fresh/try',
  'no such project': '#/project/nothing',
} as const;
export type Screen = keyof typeof SCREENS;
export const ALL_SCREENS = Object.keys(SCREENS) as Screen[];

/** Where somebody can look at them afterwards. */
export const SHOTS = join('dist', 'page-shots');

/** Looks at screens one after the other: nothing in the console, axe finds nothing, no sideways scrolling, no other origin, whole sentences. */
export async function lookAt(
  { page, go, assertFair, assertQuiet }: Visit,
  screens: readonly Screen[],
  language: 'en' | 'th',
  shotOf?: (screen: Screen) => string,
): Promise<void> {
  for (const screen of screens) {
    await go(SCREENS[screen]);
    if (shotOf !== undefined) await page.screenshot({ path: join(SHOTS, shotOf(screen)), fullPage: true });
    await assertFair(screen);
    const text = await page.locator('body').innerText();
    assert.doesNotMatch(
      text,
      /\b(undefined|NaN|\[object|[a-z]+\.[a-z_]+\b(?<!\.(web|app|png|jpg|wav)))(?=\s|$)/,
      screen,
    );
    if (language === 'th') assert.match(text, /[\u0e00-\u0e7f]/, screen);
  }
  assertQuiet();
}
