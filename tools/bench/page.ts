import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { browserPath, launchBrowser } from '../demo/browser.ts';
import { makeSampleProject } from '../demo/sample-project.ts';
import type { Benchmark } from './benchmark.ts';
import { withServer } from './running-server.ts';

const PROJECTS = 40;
const PHOTOS = 2;
const SLOWER = 6;
const LIMIT_MS = 60_000;
/** Seldom: each look costs the slowed browser some time. */
const PAUSE_MS = 1_000;

/** When the page drew what, in milliseconds since it was asked for. */
interface Drawn {
  readonly first: number;
  readonly all: number;
  readonly longestTask: number;
}

/** Notes when the heading and a card are drawn, and when all are. */
const WATCH = `(() => {
  const drawn = (window.drawn = { first: 0, all: 0, longestTask: 0 });
  const note = (name) => requestAnimationFrame(() => setTimeout(() => (drawn[name] ||= performance.now())));
  new MutationObserver(() => {
    const { length } = document.querySelectorAll('.card button');
    if (length > 0 && document.querySelector('h1') !== null && !drawn.first) note('first');
    if (document.querySelectorAll('.card').length >= ${PROJECTS} && !drawn.all) note('all');
  }).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) drawn.longestTask = Math.max(drawn.longestTask, duration);
  }).observe({ type: 'longtask', buffered: true });
})()`;

export const page: Benchmark = {
  about: 'the page of a class of 40 in a browser whose processor is six times slower (Chromium)',
  async *run(bench) {
    if (browserPath === undefined) throw new Error("no browser: install Debian's package chromium");
    const drawn: Drawn[] = [];
    await withServer(await bench.tempDir(), {}, async ({ base, ide }) => {
      for (let index = 0; index < PROJECTS; index += 1) {
        const { id, zip } = await makeSampleProject(`project-${index}`, PHOTOS, 1);
        const { result, reason } = await ide.upload(id, zip);
        if (result !== 'success') throw new Error(reason ?? result);
      }
      const browser = await launchBrowser();
      try {
        await open(browser, base); // files are read, and the class is in the server's memory
        for (let repeat = 0; repeat < bench.repeats; repeat += 1) drawn.push(await open(browser, base));
      } finally {
        await browser.close();
      }
    });
    const data = `${PROJECTS} projects, nothing kept in the browser`;
    const seconds = (name: keyof Drawn) => drawn.map((times) => times[name] / 1000);
    yield { name: 'page_usable_sixfold', unit: 's', values: seconds('first'), data, goal: 'median <= 1' };
    yield { name: 'page_whole_class_sixfold', unit: 's', values: seconds('all'), data };
    yield { name: 'page_longest_task_sixfold', unit: 's', values: seconds('longestTask'), data };
  },
};

async function open(browser: Browser, base: string): Promise<Drawn> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'th-TH' });
  try {
    const tab = await context.newPage();
    const devtools = await context.newCDPSession(tab);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await tab.addInitScript(WATCH);
    await tab.goto(`${base}/`);
    for (const end = Date.now() + LIMIT_MS; Date.now() < end; await pause(PAUSE_MS)) {
      const drawn = await tab.evaluate<Drawn>('window.drawn');
      if (drawn.all > 0) return drawn;
    }
    throw new Error(`the page did not draw ${PROJECTS} projects within a minute`);
  } finally {
    await context.close();
  }
}
