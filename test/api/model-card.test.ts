import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelCard } from '../../src/models/card/schemas.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { REPORT } from '../helpers/page-model.ts';
import { putOutput } from '../helpers/put-output.ts';
import { setUp } from '../helpers/set-up.ts';

describe('the card of the newest model', () => {
  let server: JobServer;
  let base: string;
  setUp(async () => {
    server = await startJobServer();
    await server.upload('shapes', {}, { name: 'Shapes <1>' });
    base = `${server.base}/projects/shapes`;
  });

  it('is not there before a training', async () => {
    for (const path of ['model_card', 'model_card.html']) {
      const none = await fetch(`${base}/${path}`);
      assert.deepEqual([none.status, ((await none.json()) as { code: string }).code], [404, 'model_missing'], path);
    }
  });

  it('is there as data afterwards', async () => {
    await server.post('/train', { project: 'shapes' });
    await server.jobIn('shapes', 'completed');
    await putOutput(server, 'shapes', 'report.json', REPORT);
    const card = (await (await fetch(`${base}/model_card`)).json()) as ModelCard;
    assert.equal(card.title, 'Model card: Shapes <1>');
    assert.match(card.sections[1]?.lines[0] ?? '', /^13 of 15 answers were right.* expect 66 to 96\.$/);
    assert.deepEqual(card.sections[3]?.table?.rows, [['triangle/triangle-7.png', 'triangle', 'triangle', 'square']]);
  });

  it('is there as a file, and both in the language asked for', async () => {
    const file = await fetch(`${base}/model_card.html?language=th`, { headers: { 'accept-language': 'en' } });
    assert.deepEqual(
      ['content-type', 'content-disposition'].map((name) => file.headers.get(name)),
      ['text/html; charset=utf-8', 'attachment; filename="shapes card.html"'],
    );
    const html = await file.text();
    assert.match(html, /<html lang="th">/);
    assert.ok(html.includes('บัตรข้อมูลโมเดล: Shapes &#60;1&#62;'));
    const asked = await fetch(`${base}/model_card`, { headers: { 'accept-language': 'th' } });
    assert.match(((await asked.json()) as ModelCard).title, /^บัตร/);
    assert.equal((await fetch(`${base}/model_card?language=fr`)).status, 400);
  });
});
