import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { createInferenceWorker } from '../../src/models/inference/worker.ts';
import { encodePng } from '../../tools/demo/png.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pagePython } from '../helpers/page-python.ts';
import { visit } from '../helpers/page-visit.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { putOutput } from '../helpers/put-output.ts';
import { setUp } from '../helpers/set-up.ts';
import { testConfig } from '../helpers/test-config.ts';

// What the network looked at, in every state. The process that answers is a fixture: a photo named `hang` gets no answer.

const skip = skipWithoutBrowser;
const SHOTS = join('dist', 'page-shots');
const [WIDTH, HEIGHT] = [160, 80];
const NAMES = ['seen', 'hang', 'waits', 'refused'];
const SHOW = /^What the network looked at/;

/** Photos that the model took for a circle, the surest first as in NAMES. */
async function startWith(type: string, folder: string): Promise<JobServer> {
  const { python, pythonDir } = await pagePython('scripted');
  const config = await testConfig({ pageDir: await pageFolder(), python, pythonDir });
  const worker = createInferenceWorker({
    config,
    environment: process.env,
    threads: 1,
    maxWaiting: 1,
    log: pino({ level: 'silent' }),
  });
  const server = await startJobServer(config, { worker });
  const photo = encodePng(WIDTH, HEIGHT, Buffer.alloc(WIDTH * HEIGHT * 3, 200));
  const zip = await makeProjectZip({
    id: 'shapes',
    type,
    labels: ['circle', 'square'],
    filesPerLabel: 0,
    members: Object.fromEntries(NAMES.map((name) => [`dataset/${folder}/${name}.png`, photo])),
  });
  assert.equal((await server.uploadZip('shapes', zip)).status, 200);
  await server.post('/train', { project: 'shapes' });
  await server.jobIn('shapes', 'completed');
  await putOutput(server, 'shapes', 'report.json', {
    training: { model: 'resnet18', right: 0, checked: NAMES.length },
  });
  await putOutput(server, 'shapes', 'samples.json', {
    format: 1,
    labels: ['circle', 'square'],
    samples: NAMES.map((name, index) => ({
      file: `dataset/${folder}/${name}.png`,
      label: 'square',
      scene: index,
      held_back: true,
      counted: 'circle',
      float: { label: 'circle', prob: 0.9 - index / 10 },
    })),
  });
  return server;
}

async function open(browser: Browser, { base }: JobServer, language: 'en' | 'th' = 'en', width = 1280) {
  const visitor = await visit(browser, base, { language, width });
  visitor.page.setDefaultTimeout(10_000);
  await visitor.go('#/project/shapes/result');
  return visitor;
}

const photoNamed = (page: Page, name: string) =>
  page.locator('section[aria-labelledby=worst] li').filter({ has: page.locator(`img[alt$="/${name}.png"]`) });

describe('what the network looked at', { skip }, () => {
  let server: JobServer;
  let browser: Browser;
  setUp(async () => {
    server = await startWith('IMAGE_CLASSIFICATION', 'square');
    browser = await startBrowser();
    await mkdir(SHOTS, { recursive: true });
  });

  test('is drawn over the middle square of the photo, and said in words', async (t) => {
    const { page, context, assertFair, assertQuiet } = await open(browser, server);
    t.after(() => context.close());
    const photo = photoNamed(page, 'seen');
    await photo.getByRole('button', { name: SHOW }).click();
    await photo.getByText('It says “circle” (78 %). It looked most at the upper left.').waitFor();
    await photo.getByText('That is not the middle.').waitFor();
    await photo.locator('.heat .veil').first().waitFor();
    assert.equal(await photo.locator('.heat .veil').count(), 49);
    const [picture, framed] = await Promise.all([
      photo.locator('img').boundingBox(),
      photo.locator('.heat .matters').first().boundingBox(),
    ]);
    assert.ok(picture !== null && framed !== null);
    // twice as wide as high: the middle square begins at a quarter
    const at = [(framed.x - picture.x) / picture.width, (framed.y - picture.y) / picture.height];
    assert.deepEqual(
      at.map((part) => Math.round(part * 20) / 20),
      [0.25, 0.25],
    );
    await page.screenshot({ path: join(SHOTS, 'heat 1280 en.png'), fullPage: true });
    await assertFair('a heat map');
    await photo.getByRole('button', { name: /^Show the photo as it is/ }).click();
    assert.equal(await photo.locator('.heat, .heat-words').count(), 0);
    assertQuiet();
  });

  test('has its words in Thai on a phone, too', async (t) => {
    const { page, context, assertFair } = await open(browser, server, 'th', 320);
    t.after(() => context.close());
    const photo = photoNamed(page, 'seen');
    await photo.getByRole('button', { name: /^โครงข่ายมองตรงไหน/ }).press('Enter');
    await photo.getByText('โดยมองมากที่สุดที่มุมบนซ้าย').waitFor();
    await page.screenshot({ path: join(SHOTS, 'heat 320 th.png'), fullPage: true });
    await assertFair('a heat map on a phone');
  });

  test('says where there is no model, and looks again on a press', async (t) => {
    const { page, context, assertFair } = await open(browser, server);
    t.after(() => context.close());
    const model = join(server.config.projectsDir, 'shapes', 'output', 'model.pth');
    await rename(model, `${model}.away`);
    const photo = photoNamed(page, 'seen');
    await photo.getByRole('button', { name: SHOW }).click();
    await photo.locator('.why', { hasText: /model/ }).waitFor();
    await assertFair('no model');
    await rename(`${model}.away`, model);
    await photo.getByRole('button', { name: /^Look again/ }).click();
    await photo.getByText('It looked most at the upper left.').waitFor();
  });

  test('says that it is at work, that too many ask, and that no answer came', async (t) => {
    const { page, context, assertFair } = await open(browser, server);
    t.after(() => context.close());
    for (const name of ['hang', 'waits']) {
      await photoNamed(page, name).getByRole('button', { name: SHOW }).click();
      await photoNamed(page, name).getByText('each time with another part covered').waitFor();
    }
    const refused = photoNamed(page, 'refused');
    await refused.getByRole('button', { name: SHOW }).click();
    await refused.locator('.why', { hasText: /wait/ }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'heat busy.png'), fullPage: true });
    await assertFair('busy');
    await photoNamed(page, 'waits')
      .getByRole('button', { name: /^Stop looking/ })
      .click();
    assert.equal(await photoNamed(page, 'waits').locator('.heat-words').count(), 0);
    await context.setOffline(true);
    await refused.getByRole('button', { name: /^Look again/ }).click();
    await refused.locator('.why', { hasText: 'The server does not answer' }).waitFor();
  });
});

test('what the network looked at is not offered where there are boxes', { skip }, async () => {
  const server = await startWith('OBJECT_DETECTION', 'JPEGImages');
  const browser = await startBrowser();
  const { page } = await open(browser, server);
  await photoNamed(page, 'seen').waitFor();
  assert.equal(await page.getByRole('button', { name: SHOW }).count(), 0);
});
