import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchBrowser, skipWithoutBrowser } from '../helpers/chromium.ts';
import { startClass } from '../helpers/page-class.ts';
import { lookAt, type Screen } from '../helpers/page-screens.ts';
import { visit } from '../helpers/page-visit.ts';

// The short form of what `npm run test:page` does at length: one walk over the screens, on a computer in English and
// on a phone in Thai.

const WALK: readonly Screen[] = ['class', 'training failed', 'training runs', 'photos', 'result', 'try it', 'connect'];

test('the screens of a class in a browser: quiet, fair, in both languages, and of this server alone', {
  skip: skipWithoutBrowser,
}, async (t) => {
  const [server, browser] = await Promise.all([startClass(), launchBrowser()]);
  t.after(() => browser.close());
  for (const [language, width] of [
    ['en', 1280],
    ['th', 320],
  ] as const) {
    const visitor = await visit(browser, server.base, { language, width });
    await lookAt(visitor, WALK, language);
    const boards = await visitor.page.locator('[aria-labelledby="boards"] li').allInnerTexts();
    assert.match(boards.join('\n'), /^KidBright mAI: .*\nKidBright mAI Plus: .*npm run setup:plus/);
    await visitor.context.close();
  }
});
