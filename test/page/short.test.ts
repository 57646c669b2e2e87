import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { startClass } from '../helpers/page-class.ts';
import { lookAt, type Screen } from '../helpers/page-screens.ts';
import { visit, type Visit } from '../helpers/page-visit.ts';

// The short form of what `npm run test:page` does at length: one walk over the screens, on a computer in English and
// on a phone in Thai.

const WALK: readonly Screen[] = ['class', 'training failed', 'training runs', 'photos', 'result', 'try it', 'connect'];

test('the screens of a class in a browser: quiet, fair, in both languages, and of this server alone', {
  skip: skipWithoutBrowser,
}, async () => {
  const [server, browser] = await Promise.all([startClass(), startBrowser()]);
  for (const [language, width] of [
    ['en', 1280],
    ['th', 320],
  ] as const) {
    const visitor = await visit(browser, server.base, { language, width });
    await lookAt(visitor, WALK, language);
    const boards = await visitor.page.locator('[aria-labelledby="boards"] li').allInnerTexts();
    assert.match(boards.join('\n'), /^KidBright mAI: .*\nKidBright mAI Plus: .*npm run setup:plus/);
    const privacy = visitor.page.getByRole('link', {
      name: language === 'en' ? 'What this server keeps' : 'เก็บข้อมูลอะไร',
    });
    const kept = await fetch(new URL((await privacy.getAttribute('href')) ?? '', server.base));
    assert.deepEqual(
      [kept.status, (await kept.text()).includes(language === 'en' ? 'Until when' : 'เก็บถึงเมื่อไร')],
      [200, true],
    );
    await askToDelete(visitor, language);
    await visitor.context.close();
  }
});

/** The question before a photo is deleted for good, and no for an answer. */
async function askToDelete({ page, go, assertFair, assertQuiet }: Visit, language: 'en' | 'th'): Promise<void> {
  const [begin, one] = language === 'en' ? ['Delete examples for good', 'Delete for good'] : ['ลบตัวอย่างถาวร', 'ลบถาวร'];
  await go('#/project/ready/photos');
  await page.getByRole('button', { name: begin }).press('Enter');
  await page.getByRole('button', { name: one }).last().press('Enter');
  const question = page.getByRole('dialog');
  await question.locator('p').nth(2).waitFor();
  await assertFair('the question before a photo is deleted');
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  assertQuiet();
}
