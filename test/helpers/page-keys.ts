import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

// Uses the page by the keyboard alone.

const MOST_TABS = 80;

/** Text of what has the focus, as somebody hears it. */
const FOCUSED = `(() => {
  const { activeElement: at } = document;
  if (at === null || at === document.body) return '';
  return at.getAttribute('aria-label') ?? at.closest('label')?.innerText ?? at.innerText ?? '';
})()`;

/** Reach something by the Tab key alone. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(FOCUSED);
    if (name.test(focused.trim())) return;
    passed.push(focused.slice(0, 30));
  }
  assert.fail(`no ${name} by keyboard: ${passed.join(' · ')}`);
}

export async function pressOn(page: Page, name: RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}
