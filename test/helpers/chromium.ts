import type { Browser } from 'playwright-core';
import { BROWSERS, browserPath, launchBrowser } from '../../tools/demo/browser.ts';
import { whenOver } from './set-up.ts';

/** A browser that is closed after the tests that it was started for. */
export async function startBrowser(...options: Parameters<typeof launchBrowser>): Promise<Browser> {
  const browser = await launchBrowser(...options);
  whenOver(() => browser.close());
  return browser;
}

/** Why tests that need a browser are skipped; false: there is one. */
export const skipWithoutBrowser =
  browserPath !== undefined
    ? false
    : `no browser at ${BROWSERS.join(', ')}: install Debian's package chromium to run this test`;
