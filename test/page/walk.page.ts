import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pressOn, tabTo } from '../helpers/page-keys.ts';
import { visit, type Visit } from '../helpers/page-visit.ts';
import { startRealServer, STEP_MS } from '../helpers/real-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The whole way of a pupil, with real training, by the keyboard alone: train, reload, lose the server, make the model
// ready for the board, try it, download it.

/** A camera that shows a moving picture, and somebody who allows it. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const SHOTS = join('dist', 'page-shots');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Somebody at the keyboard, and where pictures of the screens go. */
interface Walker extends Visit {
  shot(name: string): Promise<unknown>;
  /** Waits for the state that stands beside the title. */
  chip(text: RegExp): Promise<void>;
}

async function train({ page, go, chip, assertFair }: Walker): Promise<void> {
  await go('#/');
  await pressOn(page, /^Shapes$/);
  await page.locator('h1', { hasText: 'Shapes' }).waitFor();
  await pressOn(page, /^Train now$/);
  await chip(/^Training/);
  await page.locator('.curve').first().waitFor();
  await page.reload();
  await chip(/^Training/);
  await page.locator('.curve').first().waitFor();
  await assertFair('while it trains');
}

async function convert({ page, chip, assertFair }: Walker): Promise<void> {
  await chip(/^Trained/);
  await pressOn(page, /^Result$/);
  await page.locator('h2', { hasText: 'Result' }).waitFor();
  await pressOn(page, /^Make it ready for the board$/);
  await chip(/^Being made ready/);
  await assertFair('while it is converted');
  await chip(/^Ready for the board/);
}

async function tryPhoto({ page, shot, assertFair }: Walker, photo: string): Promise<void> {
  await pressOn(page, /^Try it$/);
  await page.locator('h2', { hasText: 'Try it' }).waitFor();
  await tabTo(page, /^Choose a photo$/);
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(photo);
  await page.locator('.said, .why').first().waitFor();
  await shot('walk 2 tried');
  assert.equal(await page.locator('.why').count(), 0, await page.locator('main').innerText());
  await page.locator('.said', { hasText: 'Board' }).waitFor();
  assert.equal(await page.locator('.bars tbody tr').count(), 3, 'a row for each label');
  assert.equal(await page.locator('.bars .bar').count(), 6, 'two bars a label');
  await shot('walk 2 tried');
  await assertFair('an answer');
  await tabTo(page, /^Below 50 %/);
  for (let steps = 0; steps < 10; steps += 1) await page.keyboard.press('ArrowRight');
  assert.match(await page.locator('.said').first().innerText(), /I do not know this/, 'nobody is 100 % sure');
}

async function tryCamera({ page, shot, assertFair }: Walker): Promise<void> {
  let answers = 0;
  page.on('response', (response) => {
    if (response.url().endsWith('/inference_image') && response.ok()) answers += 1;
  });
  await pressOn(page, /^Camera$/);
  await until(() => answers >= 3, STEP_MS, 'answers for what the camera sees');
  await shot('walk 3 camera');
  await assertFair('the camera');
  await page.keyboard.press('Enter');
  await page.locator('video').waitFor({ state: 'detached' });
}

async function readResult({ page, shot, assertFair }: Walker): Promise<void> {
  await pressOn(page, /^Result$/);
  await page.locator('.confusion table').waitFor();
  await shot('walk 4 result');
  await assertFair('the result');
  await pressOn(page, /^It was circle, it said circle/);
  await pressOn(page, /^What the network looked at/);
  await page.locator('.heat-words', { hasText: 'It says “circle”' }).waitFor();
  await shot('walk 5 what it looked at');
  await assertFair('what it looked at');
}

test('from photos to the board by keyboard alone, over a reload and the death of the server', {
  skip: skipWithoutBrowser,
}, async () => {
  await pageFolder();
  await mkdir(SHOTS, { recursive: true });
  const projectsDir = await tempDir();
  const environment = { MAI_PORT: String(await freePort()) };
  let server = await startRealServer(projectsDir, environment);
  after(() => server.end('SIGTERM'));
  const { zip } = await makeSampleProject('shapes', 12, 4);
  assert.equal((await server.uploadZip('shapes', zip)).status, 200);

  const visitor = await visit(await startBrowser(CAMERA), server.base, { language: 'en' });
  const { page } = visitor;
  page.setDefaultTimeout(STEP_MS);
  const walker: Walker = {
    ...visitor,
    shot: (name) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true }),
    chip: (hasText) => page.locator('.title-row .chip', { hasText }).waitFor(),
  };
  await train(walker);
  await server.end('SIGKILL');
  await page.locator('.connection', { hasText: /keeps trying/ }).waitFor();
  await walker.shot('walk 1 the server is gone');
  server = await startRealServer(projectsDir, environment);
  await page.locator('.connection', { hasText: /keeps trying/ }).waitFor({ state: 'hidden' });
  await convert(walker);

  const photo = join(await tempDir(), 'photo.png');
  await writeFile(photo, await readFile(join(projectsDir, 'shapes', 'dataset', 'circle', 'circle-0.png')));
  await tryPhoto(walker, photo);
  await tryCamera(walker);
  await readResult(walker);
  const download = page.waitForEvent('download');
  await pressOn(page, /^Download the model$/);
  assert.match((await download).suggestedFilename(), /shapes.*\.zip$/);
});
