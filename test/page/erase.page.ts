import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { addReadyProject } from '../helpers/page-class.ts';
import { pageFolder } from '../helpers/page-folder.ts';
import { pagePython } from '../helpers/page-python.ts';
import { SHOTS } from '../helpers/page-screens.ts';
import { visit } from '../helpers/page-visit.ts';
import { setUp } from '../helpers/set-up.ts';

// Somebody deletes a photo for good: by press and by keyboard, in both languages, on a phone, and at the wrong moment.

const PHOTO = 'circle/circle-3.png';
const FOR_GOOD = 'Delete for good';

describe('a photo that is deleted for good in the page', { skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  setUp(async () => {
    browser = await startBrowser();
    await mkdir(SHOTS, { recursive: true });
  });

  /** A server with a project that is trained, and somebody who looks at its photos. */
  const opened = async (options?: Parameters<typeof visit>[2]) => {
    const server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython()) });
    await addReadyProject(server);
    const visitor = await visit(browser, server.base, options);
    await visitor.go('#/project/ready/photos');
    const isThere = (photo: string) =>
      existsSync(join(server.config.projectsDir, 'ready', 'dataset', ...photo.split('/')));
    return { ...visitor, server, isThere };
  };
  const begin = async (page: Page) => {
    const toggle = page.getByRole('button', { name: 'Delete examples for good' });
    await toggle.press('Enter');
    assert.equal(await toggle.getAttribute('aria-pressed'), 'true');
  };
  const buttonOf = (page: Page, photo: string) => page.getByRole('button', { name: `${FOR_GOOD} ${photo}` });

  test('no button is there before somebody asks for them, and a no changes nothing', async (t) => {
    const { page, context, isThere, assertQuiet, assertFair } = await opened();
    t.after(() => context.close());
    assert.equal(await page.getByRole('button', { name: /^Delete for good/ }).count(), 0);
    await begin(page);
    await buttonOf(page, PHOTO).press('Enter');
    const question = page.getByRole('dialog', { name: `Delete “${PHOTO}” for good?` });
    await question.getByRole('img', { name: PHOTO }).waitFor();
    await assertFair('the question');
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    assert.match(await page.evaluate('document.activeElement.innerText'), /^Delete for good/, 'where one was');
    assert.ok(isThere(PHOTO));
    assertQuiet();
  });

  test('the question says what goes and where it may still be; by keyboard alone it goes, and the trainings say so', async (t) => {
    const { page, context, go, isThere, assertQuiet, assertFair } = await opened();
    t.after(() => context.close());
    await begin(page);
    await buttonOf(page, PHOTO).press('Enter');
    const question = page.getByRole('dialog');
    const text = await question.innerText();
    for (const part of [/every copy of it/, /Earlier trainings.*say that it was deleted/, /In the IDE.*a backup/])
      assert.match(text, part);
    await question.getByRole('button', { name: 'Yes, delete it for good' }).press('Enter');
    await page.locator('.announcement', { hasText: 'Deleted for good.' }).waitFor();
    await page.getByRole('heading', { name: 'All examples (23)' }).waitFor();
    assert.match(await page.evaluate('document.activeElement.innerText'), /^All examples/, 'its button is gone');
    assert.ok(!isThere(PHOTO));
    await assertFair('after it');
    await go('#/project/ready/result');
    await page.getByText('deleted afterwards: 1.').waitFor();
    assertQuiet();
  });

  test('on a phone in Thai the question fits, and nothing is wider than the window', async (t) => {
    const { page, context, assertQuiet, assertFair } = await opened({ language: 'th', width: 320 });
    t.after(() => context.close());
    await page.getByRole('button', { name: 'ลบตัวอย่างถาวร' }).click();
    await assertFair('with the buttons');
    await page.getByRole('button', { name: /^ลบถาวร circle\/circle-4/ }).click();
    const question = page.getByRole('dialog', { name: 'ลบ “circle/circle-4.png” ถาวรไหม' });
    await question.waitFor();
    await assertFair('the question on a phone');
    await page.screenshot({ path: join(SHOTS, 'erase 320 th.png') });
    const box = await question.boundingBox();
    assert.ok(box !== null && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
    await question.getByRole('button', { name: 'ใช่ ลบถาวรเลย' }).click();
    await page.locator('.announcement', { hasText: 'ลบถาวรแล้ว' }).waitFor();
    assertQuiet();
  });

  test('while the project works the buttons rest and say why; a refusal in the last moment is read out', async (t) => {
    const { page, context, server, isThere } = await opened();
    t.after(() => context.close());
    await begin(page);
    await buttonOf(page, 'square/square-1.png').click();
    await server.post('/train', { project: 'ready', train_config: { epochs: 900, epochMs: 50, neverYields: true } });
    await page.getByText('This project waits or works now.').waitFor();
    await page.getByRole('button', { name: 'Yes, delete it for good' }).click();
    await page.locator('.announcement', { hasText: 'stop it first' }).waitFor();
    assert.ok(isThere('square/square-1.png'));
    assert.ok(await buttonOf(page, 'square/square-1.png').isDisabled());
    await server.post('/terminate_training', { project_id: 'ready' });
    await page.getByText('Press “Delete for good” below an example.').waitFor();
    assert.ok(await buttonOf(page, 'square/square-1.png').isEnabled());
  });
});
