import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

// The browser that tests and measurements of the page use.

export const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const browserPath = BROWSERS.find((path) => existsSync(path));
export function launchBrowser(
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Browser> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return chromium.launch({
    executablePath: browserPath ?? '',
    args: [...FLAGS, ...flags],
    env: { ...inherited, ...environment },
  });
}
