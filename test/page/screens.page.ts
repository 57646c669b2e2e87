import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import type { JobServer } from '../helpers/job-server.ts';
import { HOSTILE_NAME, startClass } from '../helpers/page-class.ts';
import { ALL_SCREENS, lookAt, SCREENS, SHOTS } from '../helpers/page-screens.ts';
import { visit } from '../helpers/page-visit.ts';
import { setUp } from '../helpers/set-up.ts';

// Every screen in every state, in both languages, on a phone and on a computer.

const skip = skipWithoutBrowser;
describe('the page', { skip }, () => {
  let server: JobServer;
  let browser: Browser;
  setUp(async () => {
    server = await startClass();
    browser = await startBrowser();
    await mkdir(SHOTS, { recursive: true });
  });

  for (const language of ['en', 'th'] as const)
    for (const width of [320, 1280, 1920])
      test(`every screen in ${language}, ${width} px wide: quiet, fair, and in its width`, async (t) => {
        const visitor = await visit(browser, server.base, { language, width });
        t.after(() => visitor.context.close());
        await lookAt(visitor, ALL_SCREENS, language, (screen) => `${screen} ${width} ${language}.png`);
      });

  test('in the dark, and with large letters', async (t) => {
    for (const colorScheme of ['dark', 'light'] as const) {
      const { page, context, go, assertFair } = await visit(browser, server.base, { colorScheme, language: 'th' });
      t.after(() => context.close());
      for (const name of ['class', 'training failed', 'result', 'connect'] as const) {
        await go(SCREENS[name]);
        if (colorScheme === 'light') await page.evaluate("document.documentElement.style.fontSize = '200%'");
        await page.screenshot({ path: join(SHOTS, `${name} ${colorScheme}.png`), fullPage: true });
        await assertFair(`${name}, ${colorScheme}`);
      }
    }
  });

  test('a name that looks like a script is shown, and does nothing', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, server.base);
    t.after(() => context.close());
    await go(SCREENS['training failed']);
    assert.equal(await page.locator('h1').innerText(), HOSTILE_NAME);
    assert.match(await page.title(), /^<img/);
    assert.equal(await page.locator('img').count(), 0);
    assertQuiet();
  });
});
