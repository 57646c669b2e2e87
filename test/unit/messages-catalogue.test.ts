import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { NewEvent } from '../../src/events/log/stored-event.ts';
import { toIdeEvent } from '../../src/events/stream/ide.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { render } from '../../src/messages/render.ts';

describe('the word that the IDE paints red', () => {
  it('is in no sentence but the one that errors are put into', () => {
    const red = [...loadCatalogue().entries]
      .filter(([, { en, th }]) => /error/i.test(en) || /error/i.test(th))
      .map(([key]) => key);
    assert.deepEqual(red, ['ide_error']);
  });

  const say = (event: NewEvent, language: 'en' | 'th' = 'en', wording: 'ide' | 'plain' = 'ide') =>
    toIdeEvent({ time: 1, ...event }, { source: undefined, language, wording, catalogue: loadCatalogue() });

  it('begins every error that the IDE shows, in both languages; the end says what unlocks it', () => {
    const failed = { event: 'error', code: 'no_such_code', msg: 'there is 1 label: add another one' };
    assert.equal(
      say(failed).msg,
      'Error: there is 1 label: add another one. Reload the page (press F5) and connect again.',
    );
    const refused = { event: 'error', code: 'model_missing', msg: 'own' };
    assert.match(
      say(refused).msg,
      /^Error: There is no trained model of this project yet: press Train first\. Reload .*F5/,
    );
    assert.match(say(refused, 'th').msg, /^Error: ยังไม่มีโมเดล.*F5.*เชื่อมต่อ/);
    assert.equal(say(failed, 'en', 'plain').msg, failed.msg);
  });

  it('is not taken over from a program into a notice; a label keeps it', () => {
    const event = {
      event: 'notice',
      code: 'network_substituted',
      asked: 'a',
      used: 'b',
      reason: 'URLError: no network',
    };
    assert.match(say(event).msg, /\(URLerror: no network\)/);
    assert.equal(say(event).reason, event.reason);
    assert.equal(say({ event: 'notice', code: 'no_such_code', msg: 'ValueError: x' }).msg, 'Valueerror: x');
    assert.match(say({ event: 'notice', code: 'folder_not_a_label', folder: 'Error' }).msg, /"Error"/);
  });
});

it('where there is one, English says "is", and says all that the sentence of many says', () => {
  const catalogue = loadCatalogue();
  for (const [code, { en, one }] of catalogue.entries) {
    if (one === undefined) continue;
    assert.match(en, /\{count\}/, code);
    assert.doesNotMatch(one, /\{count\}/, code);
    const placeholders = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name).sort();
    assert.deepEqual(placeholders(one), placeholders(en.replace('{count}', '')), code);
  }
  const of = (count: number, language: 'en' | 'th') => render({ code: 'finding_black', count }, language, catalogue);
  assert.match(of(1, 'en'), /^1 photo is black/);
  assert.match(of(2, 'en'), /^2 photos are black/);
  assert.match(of(1, 'th'), /1 รูป/);
});

it('the end of a conversion names the threshold of boxes, and is silent about it elsewhere', () => {
  const end = { event: 'convert_model_end', seconds: 9, agreement: 100 };
  for (const language of ['en', 'th'] as const) {
    assert.match(render({ ...end, threshold: 0.2 }, language, loadCatalogue()), /threshold.*0\.2/);
    assert.doesNotMatch(render({ ...end, threshold: null }, language, loadCatalogue()), /threshold/);
  }
});

it('the end of a conversion says how many pictures a second, a substitute how many times fewer; older events neither', () => {
  const end = { event: 'convert_model_end', seconds: 9, agreement: 100, frames_at_least: 15, frames_at_most: 18 };
  const used = { event: 'notice', code: 'network_substituted', asked: 'a', used: 'b', fewer_least: 3, fewer_most: 16 };
  for (const language of ['en', 'th'] as const) {
    assert.match(render(end, language, loadCatalogue()), /15 .*18 /);
    assert.doesNotMatch(render({ ...end, frames_at_least: null }, language, loadCatalogue()), /18/);
    const timed = { ...end, frames_at_least: null, ms_at_least: 9, ms_at_most: 12 };
    assert.match(render(timed, language, loadCatalogue()), /9 .*12 /);
    assert.match(render(used, language, loadCatalogue()), /3 .*16 /);
    assert.doesNotMatch(render({ ...used, fewer_least: undefined }, language, loadCatalogue()), /16/);
  }
});

it('what is wrong with a zip is in both languages, and a key is รหัส wherever pupils read of it', () => {
  const texts = JSON.parse(
    readFileSync(new URL('../../contract/messages/server.json', import.meta.url), 'utf8'),
  ) as Record<string, { readonly en: string; readonly th: string }>;
  for (const code of ['zip_invalid', 'zip_name'])
    for (const text of [texts[code]?.en, texts[code]?.th]) assert.match(text ?? '', /\(\{detail\}\)/, code);
  for (const code of ['too_many_keys', 'key_needed']) assert.match(texts[code]?.th ?? '', /^(?!.*คีย์).*รหัส/, code);
});
