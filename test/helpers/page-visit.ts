import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core';
import { until } from './until.ts';

// Somebody looks at the page, and everything that is wrong with it is noted.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Resolves once everything that the screen asks for is there. */
  go(hash: string): Promise<void>;
  /** Fails where something stood in the console, or another origin was asked. */
  assertQuiet(): void;
  /** Fails where axe finds something, or the page is wider than its window. */
  assertFair(where: string): Promise<void>;
}

export async function visit(
  browser: Browser,
  base: string,
  {
    language = 'en',
    width = 1280,
    ...options
  }: BrowserContextOptions & { language?: 'en' | 'th'; width?: number } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    locale: language === 'th' ? 'th-TH' : 'en-US',
    ...options,
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  const { origin } = new URL(base);
  page.on('console', (line) => {
    // which file was not found stands beside the text alone
    if (['error', 'warning'].includes(line.type())) troubles.push(`${line.text()} ${line.location().url}`);
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:', 'ws:'].includes(url.protocol) && url.origin !== origin)
      troubles.push(`asked ${url.origin}`);
  });
  const pending = new Set<Request>();
  // the stream never ends
  page.on('request', (request) => request.resourceType() !== 'eventsource' && pending.add(request));
  const end = (request: Request) => void pending.delete(request);
  page.on('requestfinished', end);
  page.on('requestfailed', end);
  return {
    page,
    context,
    async go(hash) {
      await page.goto(`${base}/${hash}`);
      await page.locator('main h1').waitFor();
      await page.evaluate('new Promise(requestAnimationFrame).then(() => document.fonts.ready)');
      await until(() => pending.size === 0, 30_000, `the last answer of ${hash}`);
    },
    assertQuiet: () => assert.deepEqual(troubles, []),
    async assertFair(where) {
      await page.evaluate(AXE);
      const found = await page.evaluate<readonly { id: string; nodes: readonly { html: string }[] }[]>(
        'axe.run().then(({ violations }) => violations)',
      );
      assert.deepEqual(
        found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
        [],
        where,
      );
      const tooWide = await page.evaluate<number>(
        'document.scrollingElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.ok(tooWide <= 0, `${where}: ${tooWide} px too wide`);
    },
  };
}
