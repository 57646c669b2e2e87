import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from 'playwright-core';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { visit } from '../helpers/page-visit.ts';
import { until } from '../helpers/until.ts';

// A browser opens six connections to one server: the tabs of one pupil share them with the IDE.

const skip = skipWithoutBrowser;

test('a tab that nobody sees leaves its connection to the others, and goes on when it is seen', { skip }, async () => {
  const server = await startJobServer({ pageDir: await pageFolder() });
  const browser = await startBrowser();
  const { page, go } = await visit(browser, server.base);
  const streams: Request[] = [];
  const ended = new Set<Request>();
  page.on('request', (request) => request.resourceType() === 'eventsource' && streams.push(request));
  page.on('requestfailed', (request) => ended.add(request));
  const see = (isSeen: boolean) =>
    page.evaluate(`(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${!isSeen} });
      document.dispatchEvent(new Event('visibilitychange'));
    })()`);
  await page.clock.install();
  await go('#/');
  const open = () => streams.filter((stream) => !ended.has(stream)).length;
  assert.equal(open(), 1);
  await see(false);
  await page.clock.runFor(14_000);
  await see(true);
  await page.clock.runFor(2_000);
  assert.deepEqual([streams.length, open()], [1, 1], 'a short look at something else ends nothing');
  await see(false);
  await page.clock.runFor(16_000);
  await until(() => open() === 0, 10_000, 'the stream of a page that nobody sees ends');
  await server.train('seen-again', { epochs: 1 }, { name: 'Seen again' });
  await see(true);
  await page.clock.resume();
  await page.getByText('Seen again').first().waitFor();
  assert.deepEqual([streams.length, open()], [2, 1]);
  assert.match(streams[1]?.url() ?? '', /last_event_id=./, 'it goes on where it was');
  await see(false);
  await page.clock.runFor(16_000);
  await until(() => open() === 0, 10_000, 'its stream ends again');
  await page.getByRole('button', { name: 'ไทย' }).click();
  await page.locator('h1', { hasText: 'ห้องเรียนของเรา' }).waitFor();
  assert.equal(streams.length, 2, 'another language begins no stream while nobody looks');
  await see(true);
  await until(() => open() === 1, 10_000, 'a stream');
  assert.match(streams[2]?.url() ?? '', /language=th/);
});
