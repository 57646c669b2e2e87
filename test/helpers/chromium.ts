import { BROWSERS, browserPath, launchBrowser } from '../../tools/demo/browser.ts';

export { launchBrowser };

/** Why tests that need a browser are skipped; false: there is one. */
export const skipWithoutBrowser =
  browserPath !== undefined
    ? false
    : `no browser at ${BROWSERS.join(', ')}: install Debian's package chromium to run this test`;
