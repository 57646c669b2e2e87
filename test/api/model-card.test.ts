import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelCard } from '../../src/models/card/schemas.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { REPORT } from '../helpers/page-model.ts';
import { putOutput } from '../helpers/put-output.ts';

test('the card of the newest model is there as data and as a file, in the language asked for', async () => {
  const server = await startJobServer();
  await server.upload('shapes', {}, { name: 'Shapes <1>' });
  const base = `${server.base}/projects/shapes`;
  for (const path of ['model_card', 'model_card.html']) {
    const none = await fetch(`${base}/${path}`);
    assert.deepEqual([none.status, ((await none.json()) as { code: string }).code], [404, 'model_missing'], path);
  }
  await server.post('/train', { project: 'shapes' });
  await server.jobIn('shapes', 'completed');
  await putOutput(server, 'shapes', 'report.json', REPORT);

  const card = (await (await fetch(`${base}/model_card`)).json()) as ModelCard;
  assert.equal(card.title, 'Model card: Shapes <1>');
  assert.match(card.sections[1]?.lines[0] ?? '', /^13 of 15 answers were right.* expect 66 to 96\.$/);
  assert.deepEqual(card.sections[3]?.table?.rows, [['triangle/triangle-7.png', 'triangle', 'triangle', 'square']]);

  const file = await fetch(`${base}/model_card.html?language=th`, { headers: { 'accept-language': 'en' } });
  assert.equal(file.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(file.headers.get('content-disposition'), 'attachment; filename="shapes card.html"');
  const html = await file.text();
  assert.match(html, /<html lang="th">/);
  assert.ok(html.includes('บัตรข้อมูลโมเดล: Shapes &#60;1&#62;'));
  const asked = await fetch(`${base}/model_card`, { headers: { 'accept-language': 'th' } });
  assert.match(((await asked.json()) as ModelCard).title, /^บัตร/);
  assert.equal((await fetch(`${base}/model_card?language=fr`)).status, 400);
});
