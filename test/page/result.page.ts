import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { openAsIde } from '../helpers/open-as-ide.ts';
import { addReadyProject } from '../helpers/page-class.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pagePython } from '../helpers/page-python.ts';
import { visit } from '../helpers/page-visit.ts';
import { REPORT } from '../helpers/page-model.ts';
import { putOutput } from '../helpers/put-output.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

// What a person does with a finished model: look behind its figures, mend the data set, read its card, return to an
// earlier one.

const SHOTS = join('dist', 'page-shots');

describe('a result', { skip: skipWithoutBrowser }, () => {
  let server: JobServer;
  let browser: Browser;
  setUp(async () => {
    server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython()) });
    await addReadyProject(server);
    browser = await startBrowser();
    await mkdir(SHOTS, { recursive: true });
  });

  test('a number of the table opens the photos behind it, with both answers', async (t) => {
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/ready/result');
    await page.getByRole('button', { name: 'It was square, it said circle: 1' }).click();
    const behind = page.locator('.confusion section .grid-of-photos');
    assert.match(
      (await behind.innerText()).replaceAll('\n', ' '),
      /it was square Computer: circle 78 % Board: circle 74 %/,
    );
    await assertFair('an open cell');
    await page.getByRole('button', { name: 'It was square, it said circle: 1' }).click();
    assert.equal(await behind.count(), 0);
    const changed = page.locator('section[aria-labelledby=changed]');
    assert.match(
      (await changed.innerText()).replaceAll('\n', ' '),
      /it was triangle Computer: triangle 58 % Board: square 54 %/,
    );
    assertQuiet();
  });

  test('a table of boxes has a name for what was not found, and for what is not there', async (t) => {
    await server.train('boxes', {});
    await server.jobIn('boxes', 'completed');
    const confusion = [
      [5, 0, 3],
      [0, 6, 1],
      [2, 0, 0],
    ];
    await putOutput(server, 'boxes', 'report.json', { training: { labels: ['Cat', 'Dog'], confusion } });
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/boxes/result');
    const table = page.locator('.confusion');
    await table.getByText('Most often it did not find “Cat”: 3 ×.').waitFor();
    assert.deepEqual(await table.getByRole('columnheader').allInnerTexts(), [
      'it was ↓ it said →',
      'Cat',
      'Dog',
      'found nothing',
    ]);
    assert.deepEqual(await table.getByRole('rowheader').allInnerTexts(), ['Cat', 'Dog', 'nothing there']);
    assert.equal(await table.getByText('Press a number').count(), 0, 'no number can be pressed');
    await assertFair('a table of boxes');
    assertQuiet();
  });

  test('the project is downloaded with its model, for the IDE to open', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/ready/result');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the project with its model' }).press('Enter');
    const saved = await download;
    assert.equal(saved.suggestedFilename(), 'ready_trained.zip');
    const { project, samples } = await openAsIde(await readFile(await saved.path()));
    assert.deepEqual([project.model.type, samples.length], ['bin', 24]);
    assertQuiet();
  });

  test('a model for another board than that of the project says so, and is made anew', async (t) => {
    await server.train('other', { epochs: 1 }, { labels: ['Cat', 'Dog'] });
    await server.jobIn('other', 'completed');
    const conversion = {
      ...REPORT.conversion,
      board: 'kidbright-mai-plus',
      milliseconds: { at_least: 9, at_most: 11 },
    };
    const { frame_rate: _, ...timed } = conversion;
    await putOutput(server, 'other', 'report.json', { ...REPORT, conversion: timed });
    await server.upload('other');
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/other/result');
    const board = page.getByRole('region', { name: 'On the board' });
    await board.getByText('Made for the board KidBright mAI Plus.').waitFor();
    await board.getByText('about 9 to 11 milliseconds').waitFor();
    await assertFair('a model for another board');
    await board.getByRole('button', { name: 'Make it ready for the board' }).press('Enter');
    await server.jobIn('other', 'completed');
    await board.getByText('Made for the board KidBright mAI Plus.').waitFor({ state: 'detached' });
    assertQuiet();
  });

  test('the model card is read, in another language too, and saved as a file', async (t) => {
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/ready/result');
    const card = page.getByRole('region', { name: 'Model card' });
    await card.getByRole('button', { name: 'Read it here' }).press('Enter');
    await card.getByText('13 of 15 answers were right').waitFor();
    await card.getByRole('row', { name: 'square circle 1', exact: true }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'card 1280 en.png'), fullPage: true });
    await assertFair('the model card');
    await page.getByRole('button', { name: 'ไทย' }).click();
    const inThai = page.getByRole('region', { name: 'บัตรข้อมูลโมเดล' });
    await inThai.getByText('ตอบถูก 13 จาก 15').waitFor();
    await page.setViewportSize({ width: 320, height: 800 });
    await page.screenshot({ path: join(SHOTS, 'card 320 th.png'), fullPage: true });
    await assertFair('the model card on a phone');
    const download = page.waitForEvent('download');
    await inThai.getByRole('link', { name: 'ดาวน์โหลดบัตรข้อมูล' }).press('Enter');
    const saved = await download;
    assert.equal(saved.suggestedFilename(), 'ready card.html');
    const opened = await context.newPage();
    const troubles: string[] = [];
    opened.on('console', (line) => troubles.push(line.text()));
    await opened.setContent(await readFile(await saved.path(), 'utf8'));
    assert.match(await opened.locator('main').innerText(), /ตอบถูก 13 จาก 15/);
    assert.deepEqual(troubles, []);
    await opened.screenshot({ path: join(SHOTS, 'card file.png'), fullPage: true });
    assertQuiet();
  });

  test('a photo is moved, taken back, and moved for the next training; the earlier model can come back', async (t) => {
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/ready/photos');
    const finding = page.locator('.finding.mislabelled');
    const move = finding.getByRole('button', { name: 'Move to “circle”' });
    await page.getByRole('button', { name: 'triangle', exact: true }).press('Enter');
    await page.getByRole('heading', { name: 'All examples (8)' }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.innerText'), 'triangle', 'where one was');
    const changes = page.getByRole('region', { name: /^Changes for the next training/ });
    await move.press('Enter');
    await changes.getByText('moved to “circle”').waitFor();
    await finding.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement.innerText'), 'What to look at', 'its button is gone');
    await page.getByRole('row', { name: 'square 7 7', exact: true }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'moved.png'), fullPage: true });
    await assertFair('a photo was moved');
    await changes.getByRole('button', { name: 'Undo' }).click();
    await move.waitFor();
    await changes.waitFor({ state: 'detached' });
    await page.locator('.finding.near_duplicates').getByRole('button', { name: 'Leave all 2 out' }).click();
    await page.getByRole('region', { name: 'Changes for the next training (2)' }).waitFor();
    const edits = (await server.get('/projects/ready/edits')).body['edits'] as readonly {
      file: string;
      action: string;
    }[];
    assert.deepEqual(
      edits.map(({ file, action }) => `${action} ${file}`),
      [0, 1].map((index) => `leave_out dataset/circle/circle-${index}.png`),
    );
    await page.getByRole('button', { name: 'Train again with the changes' }).click();
    await until(
      async () =>
        (await server.jobs()).filter((job) => job.project_id === 'ready' && job.state === 'completed').length === 3,
      60_000,
      'a second training',
    );
    await go('#/project/ready/result');
    await page.getByRole('button', { name: 'Use this one again' }).first().click();
    await page.locator('.announcement', { hasText: 'in use again' }).waitFor();
    await page.locator('.big', { hasText: '13 of 15 right' }).waitFor();
    await assertFair('earlier trainings');
    assertQuiet();
  });

  test('two trainings stand side by side, and which is better is said where it is more than chance', async (t) => {
    await server.post('/train', { project: 'ready', train_config: { epochs: 9 } });
    await until(async () => (await server.jobs()).every(({ state }) => state === 'completed'), 60_000, 'a training');
    const { train_config, ...training } = REPORT.training;
    await putOutput(server, 'ready', 'report.json', {
      training: { ...training, right: 4, train_config: { ...train_config, epochs: 9 } },
    });
    const { page, context, go, assertQuiet, assertFair } = await visit(browser, server.base);
    t.after(() => context.close());
    await go('#/project/ready/result');
    const both = page.getByRole('region', { name: 'Compare two trainings' });
    const choose = async (name: string, number: number) => {
      const choice = both.getByLabel(name);
      const option = choice.locator('option', { hasText: `No. ${number} ·` });
      await choice.selectOption((await option.getAttribute('value')) ?? '');
    };
    const newest = await both.getByLabel('Second').locator('option').count();
    await choose('First', 1);
    await both.getByText(/^“No\. 1 ·.*is better, and that is more than chance/).waitFor();
    const row = async (name: string) =>
      (await both.getByRole('row', { name }).locator('td').allInnerTexts()).join(' | ');
    assert.equal(await row('Right answers'), '13 of 15 | 4 of 15');
    assert.equal(await row('Of 100 new ones'), '66 to 96 | 66 to 96');
    assert.equal(await row('Same answer on the board'), '23 of 24 | –');
    assert.equal(await row('Size on the board'), '11.3 MB | –');
    assert.equal(await row('Rounds'), '5 | 9');
    assert.equal(await both.getByRole('row', { name: 'batch size' }).count(), 0, 'it is the same');
    await page.screenshot({ path: join(SHOTS, 'compare 1280 en.png'), fullPage: true });
    await assertFair('a comparison');
    await choose('First', newest);
    await both.getByText('Choose two different trainings.').waitFor();
    await page.getByRole('button', { name: 'ไทย' }).click();
    await page.setViewportSize({ width: 320, height: 800 });
    await page.getByText('เลือกการฝึกสองครั้งที่ต่างกัน').waitFor();
    await page.screenshot({ path: join(SHOTS, 'compare 320 th.png'), fullPage: true });
    await assertFair('a comparison on a phone');
    assertQuiet();
  });
});
