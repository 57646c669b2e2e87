import assert from 'node:assert/strict';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../tools/setup/set-up.mjs';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { startClass } from '../helpers/page-class.ts';
import { visit } from '../helpers/page-visit.ts';
import { until } from '../helpers/until.ts';

// The four pictures of README.md. `KEEP_SHOTS=1 npm run test:page -- readme` puts new ones in their place.

const IMAGES = join(ROOT, 'docs', 'images');
const MAX_BYTES = 150_000;
const SHOTS = [
  ['class', '#/', 'en'],
  ['training', '#/project/runs', 'th'],
  ['result', '#/project/ready/result', 'en'],
  ['photos', '#/project/ready/photos', 'th'],
] as const;
/** Of those that are seen: the others are not asked for yet. */
const PICTURES_ARE_THERE =
  '[...document.images].every((image) => image.getBoundingClientRect().top > innerHeight || image.naturalWidth > 0)';

test('README shows four screens, each below 150 kB, that can be made again', {
  skip: skipWithoutBrowser,
}, async () => {
  const server = await startClass('กล้วยกับมะม่วง');
  const browser = await startBrowser();
  const folder = join(ROOT, 'dist', 'readme-shots');
  await mkdir(folder, { recursive: true });
  await mkdir(IMAGES, { recursive: true });
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  for (const [name, hash, language] of SHOTS) {
    const { page, context, go } = await visit(browser, server.base, {
      language,
      viewport: { width: 1180, height: 980 },
    });
    await go(hash);
    await until(() => page.evaluate<boolean>(PICTURES_ARE_THERE), 30_000, `the small pictures of ${name}`);
    const made = join(folder, `${name}.png`);
    await page.screenshot({ path: made });
    await context.close();
    assert.ok((await stat(made)).size < MAX_BYTES, name);
    if (process.env['KEEP_SHOTS'] !== undefined) await rename(made, join(IMAGES, `${name}.png`));
    assert.ok((await stat(join(IMAGES, `${name}.png`))).size < MAX_BYTES, name);
    assert.ok(readme.includes(`docs/images/${name}.png`), name);
  }
});
