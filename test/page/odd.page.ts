import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import jsqr from 'jsqr';
import type { Browser, Page } from 'playwright-core';
import { encodePng } from '../../tools/demo/png.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { addReadyProject, HOSTILE_NAME } from '../helpers/page-class.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pagePython } from '../helpers/page-python.ts';
import { visit } from '../helpers/page-visit.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { setUp } from '../helpers/set-up.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';

// What seldom happens in a browser: no room for what it keeps, no motion wanted, a mistyped key, names that are HTML.

interface Model {
  readonly job_id: string;
  readonly current: boolean;
  readonly restorable: boolean;
}

const skip = skipWithoutBrowser;
const KEY = 'river-candle-tiger';

describe('in a browser that', { skip }, () => {
  let server: JobServer;
  let browser: Browser;
  setUp(async () => {
    server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython()) });
    await addReadyProject(server);
    await server.train('runs', { epochs: 1_000, epochMs: 500, neverYields: true }, { name: 'Hand signs' });
    await server.jobIn('runs', 'active');
    browser = await startBrowser();
  });

  test('wants no motion, nothing moves', async (t) => {
    const moving = async (reducedMotion: 'reduce' | 'no-preference') => {
      const { page, context, go } = await visit(browser, server.base, { reducedMotion });
      t.after(() => context.close());
      await go('#/');
      await page.locator('.chip.active').first().waitFor();
      return page.evaluate<number>('document.getAnimations().length');
    };
    assert.ok((await moving('no-preference')) > 0, 'a sign that something is at work');
    assert.equal(await moving('reduce'), 0);
    // its place is for the trainings below
    await server.post('/terminate_training', { project_id: 'runs' });
  });

  /** Switch the language, and go on to another screen in it. */
  async function useIt(page: Page, go: (hash: string) => Promise<void>): Promise<void> {
    await go('#/');
    await page.getByRole('button', { name: 'ไทย' }).click();
    await page.locator('h1', { hasText: 'ห้องเรียนของเรา' }).waitFor();
    await page.getByRole('link', { name: 'เชื่อมต่อ' }).click();
    await page.locator('h1', { hasText: 'เชื่อมต่อ' }).waitFor();
  }

  test('has no room left for what the page keeps, the page works until it is closed', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/');
    const refused = await page.evaluate<string>(`(() => {
      for (let size = 1 << 22; size > 0; size >>= 1)
        for (let index = 0; index < 9; index += 1)
          try { localStorage.setItem('full ' + size + ' ' + index, 'x'.repeat(size)); } catch { break; }
      try { localStorage.setItem('mai.language', 'th'.repeat(9)); return ''; } catch (error) { return error.name; }
    })()`);
    assert.equal(refused, 'QuotaExceededError');
    await useIt(page, go);
    assertQuiet();
  });

  test('keeps nothing for any page, the page works until it is closed', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, server.base);
    t.after(() => context.close());
    await page.addInitScript(
      "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })",
    );
    await useIt(page, go);
    assertQuiet();
  });

  test('runs what it is given, names, labels and files are nothing but text', async (t) => {
    const label = '"><script>window.broken = 1<script>';
    const file = `<svg onload="window.broken = 1">.png`;
    const photo = encodePng(2, 2, Buffer.alloc(12, 90));
    const zip = await makeProjectZip({
      id: 'html',
      name: HOSTILE_NAME,
      labels: [label, '<b>b'],
      filesPerLabel: 0,
      members: { [`dataset/${label}/${file}`]: photo },
    });
    assert.equal((await server.uploadZip('html', zip)).status, 200);
    const samples = (await server.get('/projects/html/samples')).body['samples'] as readonly { file: string }[];
    assert.equal(samples.length, 1);
    const { page, context, go, assertQuiet } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/html/photos');
    assert.equal(await page.locator('h1').innerText(), HOSTILE_NAME);
    await page.getByRole('rowheader', { name: label }).waitFor();
    await go('#/project/html/try');
    await go('#/');
    const read =
      "[window.broken, document.title, document.querySelectorAll('main script, main svg[onload], main b').length]";
    const [broken, title, elements] = await page.evaluate<unknown[]>(read);
    assert.deepEqual([broken ?? null, title, elements], [null, 'The class · KidBright mAI', 0]);
    assertQuiet();
  });

  test('puts back an earlier model while a training ends, both models stay whole', async (t) => {
    await server.uploadZip('race', await makeProjectZip({ id: 'race', name: 'Race' }));
    const train = (mark: string) => server.post('/train', { project: 'race', train_config: { epochs: 1, mark } });
    const marks = new Map<unknown, string>();
    for (const mark of ['first', 'second']) {
      marks.set((await train(mark)).body['job_id'], mark);
      await server.jobIn('race', 'completed');
    }
    const { page, context, go } = await visit(browser, server.base);
    t.after(() => context.close());
    const output = join(server.config.projectsDir, 'race', 'output');
    const modelsNow = async () => (await server.get('/projects/race/models')).body['models'] as readonly Model[];
    let restored = 0;
    for (let round = 0; round < 6; round += 1) {
      const before = (await modelsNow()).find((model) => model.current)?.job_id;
      await go('#/project/race/result');
      const again = page.getByRole('button', { name: 'Use this one again' }).first();
      await again.waitFor();
      // neither waits for the other's answer; a button that may not be pressed is pressed when it may
      const isTrainingFirst = round % 2 === 1;
      if (!isTrainingFirst) await again.click();
      const training = train(`round ${round}`);
      if (isTrainingFirst) await again.click();
      const { body } = await training;
      marks.set(body['job_id'], `round ${round}`);
      const said = page.locator('.announcement p').first();
      await said.waitFor();
      if ((await said.innerText()).includes('in use again')) restored += 1;
      await server.jobIn('race', 'completed');
      const models = await modelsNow();
      const current = models.filter((model) => model.current);
      assert.equal(current.length, 1, `round ${round}`);
      const mark = marks.get(current[0]?.job_id) ?? 'none';
      assert.ok((await readFile(join(output, 'model.pth'), 'utf8')).endsWith(`of ${mark}`), `round ${round}: ${mark}`);
      const old = models.find(({ job_id: id }) => id === before);
      assert.ok(old?.current || old?.restorable, `round ${round}: the model of before is lost`);
    }
    assert.ok(restored > 0, 'a model was put back');
  });
});

test('a full disk of the server is on the wall, refuses in words, and is over when there is room', {
  skip,
}, async (t) => {
  const projectsDir = await smallDisk(4_000_000);
  if (projectsDir === undefined) return t.skip('this user may not mount a small disk');
  const server = await startJobServer({ projectsDir, pageDir: await pageFolder() });
  await server.upload('cats', {}, { name: 'Cats', filesPerLabel: 24 });
  const filler = join(projectsDir, 'filler');
  await writeFile(filler, Buffer.alloc(8_000_000)).catch(() => undefined);
  const browser = await startBrowser();
  const { page, go, assertFair } = await visit(browser, server.base);
  await go('#/project/cats');
  await page.getByRole('button', { name: 'Train now' }).click();
  await page.locator('.announcement .bad', { hasText: /disk/ }).waitFor();
  await assertFair('a full disk');
  await go('#/');
  await page.locator('.summary .bad', { hasText: 'disk left' }).waitFor();
  await rm(filler);
  await go('#/project/cats');
  await page.getByRole('button', { name: 'Train now' }).click();
  await page.locator('.title-row .chip', { hasText: 'Trained' }).waitFor();
});

test('a mistyped key is said in words, and shows nothing of the class', { skip }, async () => {
  const server = await startJobServer({ pageDir: await pageFolder(), keys: [{ workspace: '', key: KEY }] });
  const browser = await startBrowser();
  const context = await browser.newContext({ locale: 'th-TH' });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const answer = await page.goto(`${server.base}/w/river-candle-tigre/`);
  assert.equal(answer?.status(), 404);
  assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /^[\u0e00-\u0e7f ]+$/);
  assert.deepEqual(
    asked.filter((path) => path !== '/favicon.ico'),
    ['/w/river-candle-tigre/'],
  );
  assert.equal(await page.locator('script, link').count(), 0);
});

test('a phone reads the address of the page from its square', { skip }, async (t) => {
  const server = await startJobServer({
    host: '0.0.0.0',
    projectsDir: await tempDir(),
    pageDir: await pageFolder(),
    keys: [{ workspace: '', key: KEY }],
  });
  const browser = await startBrowser();
  const { page, context, go } = await visit(browser, `${server.base.replace('0.0.0.0', '127.0.0.1')}/w/${KEY}`);
  await go('#/connect');
  const square = page.locator('svg.qr');
  if ((await square.count()) === 0) return t.skip('this computer has no address that a phone could reach');
  const png = (await square.screenshot()).toString('base64');
  const other = await context.newPage();
  const { data, width, height } = await other.evaluate<{ data: number[]; width: number; height: number }>(
    `(async () => {
      const bytes = Uint8Array.from(atob('${png}'), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
      return { data: [...data], width, height };
    })()`,
  );
  const read = jsqr.default(Uint8ClampedArray.from(data), width, height)?.data ?? '';
  assert.equal(read, await page.locator('section[aria-labelledby=phones] code').innerText());
  assert.match(read, new RegExp(`^http://[\\d.]+:\\d+/w/${KEY}/$`));
});
