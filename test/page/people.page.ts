import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pressOn, tabTo } from '../helpers/page-keys.ts';
import { pagePython } from '../helpers/page-python.ts';
import { SHOTS } from '../helpers/page-screens.ts';
import { visit } from '../helpers/page-visit.ts';
import { pupil, PUPIL_KEY, ROLE_KEYS, TEACHER_KEY } from '../helpers/pupil.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

// Pupils behind one address, and their teacher.

const skip = skipWithoutBrowser;
const HOSTILE = '<img src=x onerror=alert(1)>';
/** What the generated project is called. */
const SAMPLE = 'Shapes';

describe('who is who in the page', { skip }, () => {
  let server: JobServer;
  let browser: Browser;
  let [pupils, teachers] = ['', ''];
  /** As their IDE and page send it. */
  const at = (address: string, name?: string) => pupil(server.app, { name, address });
  const titles = (page: Page) => page.locator('.card h3').allInnerTexts();
  const shows = (page: Page, ...names: string[]) =>
    until(async () => JSON.stringify((await titles(page)).sort()) === JSON.stringify(names.sort()), 20_000, `${names}`);
  const takeName = async (page: Page, name: string) => {
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'That is me' }).click();
    await page.getByRole('heading', { name: `You are ${name}` }).waitFor();
  };

  setUp(async () => {
    server = await startJobServer({ pageDir: await pageFolder(), keys: ROLE_KEYS, ...(await pagePython()) });
    pupils = `${server.base}/w/${PUPIL_KEY}`;
    teachers = `${server.base}/w/${TEACHER_KEY}`;
    browser = await startBrowser();
    await mkdir(SHOTS, { recursive: true });
    const { zip } = await makeSampleProject('daos', 4, 2);
    await at('10.1.0.1', 'ดาว').uploadZip('daos', zip);
    await at('10.1.0.2', 'Ben').upload('bens', { name: 'Dogs' });
  });

  test('a pupil takes a name, sees their projects alone, and the name stays in this browser', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, pupils);
    t.after(() => context.close());
    await go('#/');
    assert.deepEqual(await titles(page), []);
    await page.getByText('There is no project of yours here yet.').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await takeName(page, 'ดาว');
    await shows(page, SAMPLE);
    assert.equal(await page.locator('h1').innerText(), 'My projects');
    assert.match(asked.join(), /class\/events\?.*name=%E0%B8%94%E0%B8%B2%E0%B8%A7/);
    await page.reload();
    await shows(page, SAMPLE);
    await page.getByRole('link', { name: SAMPLE }).click();
    await page.getByRole('link', { name: 'Examples' }).click();
    await page.locator('img.thumbnail').first().waitFor();
    await until(
      () => page.evaluate<boolean>("[...document.querySelectorAll('img.thumbnail')].every((one) => one.complete)"),
      20_000,
      'the small pictures',
    );
    assert.equal(await page.locator('.thumbnail.missing').count(), 0, 'pictures say who asks');
    await go('#/');
    await page.getByRole('button', { name: 'Change the name' }).click();
    await takeName(page, 'ben');
    await shows(page, 'Dogs');
    await page.getByRole('button', { name: 'Use no name' }).click();
    await shows(page);
    assertQuiet();
  });

  test('what is no name is said, and kept nowhere; what another version kept is not believed', async (t) => {
    const { page, context, go, assertQuiet } = await visit(browser, pupils);
    t.after(() => context.close());
    await go('#/');
    for (const wrong of ['', '   ', 'ก'.repeat(41)]) {
      await page.getByLabel('Your name').fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').filter({ hasText: 'Write 1 to 40 letters' }).waitFor();
      assert.equal(await page.evaluate('document.activeElement.id'), 'who-name');
    }
    assert.equal(await page.evaluate("localStorage.getItem('mai.name')"), null);
    for (const kept of [
      'ดาว',
      '{"version":2,"name":"ดาว"}',
      '{"version":1,"name":"a\\nb"}',
      '{"version":1,"name":7}',
    ]) {
      await page.evaluate(`localStorage.setItem('mai.name', ${JSON.stringify(kept)})`);
      await page.reload();
      await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    }
    await page.evaluate(`localStorage.setItem('mai.name', '{"version":1,"name":" ดาว "}')`);
    await page.reload();
    await page.getByRole('heading', { name: 'You are ดาว' }).waitFor();
    assertQuiet();
  });

  test('every tab of the browser has the name at once', async (t) => {
    const { page, context, go } = await visit(browser, pupils);
    t.after(() => context.close());
    await go('#/');
    const other = await context.newPage();
    await other.goto(`${pupils}/#/`);
    await takeName(page, 'Ben');
    await shows(other, 'Dogs');
    await page.getByRole('button', { name: 'Use no name' }).click();
    await other.getByRole('heading', { name: 'Who are you?' }).waitFor();
    await shows(other);
  });

  test('a project of several names asks whose it is; one press tells it, and it goes from the others', async (t) => {
    const ann = await visit(browser, pupils);
    const cid = await visit(browser, pupils);
    t.after(() => Promise.all([ann.context.close(), cid.context.close()]));
    for (const [{ page, go }, name] of [
      [ann, HOSTILE],
      [cid, 'Cid'],
    ] as const) {
      await go('#/');
      await takeName(page, name);
    }
    await at('127.0.0.1').upload('shared', { name: 'Fruit' });
    await Promise.all([shows(ann.page, 'Fruit'), shows(cid.page, 'Fruit')]);
    const whose = cid.page.getByRole('group', { name: /Whose is it/ });
    assert.equal(await cid.page.getByRole('button', { name: /^Delete/ }).count(), 0);
    // every name of this browser's address may be meant
    assert.equal(await whose.getByRole('button').first().innerText(), 'It is mine (Cid)');
    await cid.assertFair('a card that asks whose it is');
    await cid.page.screenshot({ path: join(SHOTS, 'whose is it.png'), fullPage: true });
    await whose.getByRole('button', { name: HOSTILE }).click();
    await shows(cid.page);
    await ann.page.locator('.owner').waitFor();
    assert.equal(await ann.page.locator('.owner').innerText(), `Pupil:\n${HOSTILE}`);
    assert.equal(await ann.page.locator('.card img').count(), 0);
    await ann.page.getByRole('button', { name: /^Delete/ }).waitFor();
    ann.assertQuiet();
    cid.assertQuiet();
  });

  test('a project that is deleted while a pupil looks at it is said to be gone, or another’s', async (t) => {
    await at('10.1.0.3', 'Eve').upload('eves', { name: 'Birds' });
    const { page, context, go } = await visit(browser, pupils);
    t.after(() => context.close());
    await go('#/');
    await takeName(page, 'Eve');
    await go('#/project/eves');
    await page.getByRole('heading', { name: 'Birds' }).waitFor();
    await pupil(server.app, { key: TEACHER_KEY }).remove('/projects/eves');
    await page.getByText('it belongs to somebody else').waitFor();
    await page.getByRole('link', { name: 'To my projects' }).click();
    await shows(page);
  });

  test('a teacher sees whose everything is, and may change it', async (t) => {
    const { page, context, go, assertFair, assertQuiet } = await visit(browser, teachers);
    t.after(() => context.close());
    await go('#/');
    const card = page.locator('.card').filter({ has: page.getByRole('link', { name: 'Dogs', exact: true }) });
    assert.equal(await card.locator('.owner').innerText(), 'Pupil:\nBen');
    assert.equal(await page.getByRole('heading', { name: 'Who are you?' }).count(), 0);
    await card.getByRole('button', { name: /^Change whose it is/ }).click();
    const question = page.getByRole('dialog');
    await assertFair('the question whose it is');
    await question.getByLabel('Name of the pupil').fill('Benjamin');
    await page.keyboard.press('Enter');
    await until(async () => (await card.locator('.owner').innerText()) === 'Pupil:\nBenjamin', 20_000, 'the new name');
    await at('10.1.0.8').upload('nameless', { name: 'Nameless' });
    const nameless = page.locator('.card').filter({ has: page.getByRole('link', { name: 'Nameless', exact: true }) });
    await nameless.getByRole('button', { name: /^Change whose it is/ }).click();
    await question.getByLabel('Name of the pupil').fill('Ivy');
    await question.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await at('10.1.0.8', 'Ivy').wall())['nameless']?.[0] === 'Ivy', 20_000, 'a first name');
    await go('#/projector');
    assert.ok((await page.locator('.owner').allInnerTexts()).includes('Pupil:\nดาว'));
    assert.equal(await page.getByRole('button', { name: /Change whose/ }).count(), 0);
    await pupil(server.app, { key: TEACHER_KEY }).post('/projects/bens/owner', { name: 'Ben' });
    assertQuiet();
  });

  test('by keyboard alone: a name, and whose it is', async (t) => {
    const { page, context, go } = await visit(browser, pupils);
    t.after(() => context.close());
    await at('127.0.0.1', 'Gus').get('/class');
    await at('127.0.0.1', 'Hal').get('/class');
    await at('127.0.0.1').upload('keys', { name: 'Keys' });
    await go('#/');
    await tabTo(page, /Your name|^$/);
    await until(async () => (await page.evaluate('document.activeElement.id')) === 'who-name', 5_000, 'the field');
    await page.keyboard.type('gus');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are gus' }).waitFor();
    const focused = page.locator('.who button:focus');
    await until(async () => (await focused.allInnerTexts()).join() === 'Change the name', 5_000, 'the focus');
    await shows(page, 'Keys');
    await pressOn(page, /^It is mine/);
    await until(async () => (await at('10.1.0.9', 'GUS').wall())['keys']?.length === 1, 20_000, 'an owner');
    await page.getByRole('button', { name: /^Delete/ }).waitFor();
    await pupil(server.app, { key: TEACHER_KEY }).post('/projects/keys/owner', { name: '' });
    await page.getByRole('button', { name: /^It is mine/ }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Delete/ }).count(), 0, 'before somebody says whose it is');
    await page.getByRole('button', { name: /^It is mine/ }).click();
    await page.getByRole('button', { name: /^Delete/ }).waitFor();
  });

  for (const language of ['en', 'th'] as const)
    for (const width of [320, 1280])
      test(`with and without a name, ${language}, ${width} px: fair and quiet`, async (t) => {
        const { page, context, go, assertFair, assertQuiet } = await visit(browser, pupils, { language, width });
        t.after(() => context.close());
        await go('#/');
        await assertFair('no name');
        await page.screenshot({ path: join(SHOTS, `who are you ${width} ${language}.png`), fullPage: true });
        await page.locator('#who-name').fill(' ');
        await page.keyboard.press('Enter');
        await page.locator('#who-wrong:not(:empty)').waitFor();
        await assertFair('a wrong name');
        await page.evaluate(`localStorage.setItem('mai.name', '{"version":1,"name":"ดาว"}')`);
        await page.reload();
        await shows(page, SAMPLE);
        await assertFair('a name');
        await page.screenshot({ path: join(SHOTS, `my projects ${width} ${language}.png`), fullPage: true });
        await page.locator('.who button').first().click();
        await assertFair('changing the name');
        assertQuiet();
      });
});
