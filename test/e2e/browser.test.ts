import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer } from '../../tools/demo/server-process.ts';
import { launchBrowser, skipWithoutBrowser } from '../helpers/chromium.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';

test('in a real browser, from another origin, a pupil trains, converts and fetches the model in Thai', {
  skip: skipWithoutBrowser,
}, async (t) => {
  const server = await startServer(await tempDir(), {}, scriptArguments('server'));
  t.after(() => server.stop());
  const page = await readFile(fileURLToPath(new URL('../fixtures/ide.html', import.meta.url)));
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page)).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => site.close());
  const zip = join(await tempDir(), 'project.zip');
  await writeFile(zip, await makeToneProject('words', { low: 300, high: 2400 }, 6));

  const browser = await launchBrowser();
  t.after(() => browser.close());
  const tab = await (await browser.newContext({ locale: 'th-TH' })).newPage();
  const problems: string[] = [];
  tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  tab.on('pageerror', (error) => problems.push(error.message));

  await tab.goto(
    `http://127.0.0.1:${(site.address() as AddressInfo).port}/?server=${encodeURIComponent(server.base)}&project=words`,
  );
  await tab.getByText('connected, stage 0').waitFor({ timeout: 10_000 });
  await tab.locator('#zip').setInputFiles(zip);
  await tab.locator('#train').click();
  await tab.getByText(/^fetched \d+ bytes, status 200$/).waitFor({ timeout: 150_000 });

  assert.equal(await tab.locator('#curve tr').count(), 2, 'one point an epoch');
  assert.equal(await tab.locator('#bar').getAttribute('value'), '1', 'Content-Length lets the bar reach its end');
  assert.match(await tab.locator('#log').innerText(), /[\u0E00-\u0E7F]/, 'the log is in Thai');
  if (process.env['MAI_TEST_SCREENSHOT']) await tab.screenshot({ path: process.env['MAI_TEST_SCREENSHOT'] });
  assert.deepEqual(
    problems.filter((text) => !/favicon/.test(text)),
    [],
  );
});
