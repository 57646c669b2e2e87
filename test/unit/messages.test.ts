import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseLanguage } from '../../src/messages/language.ts';
import { loadCatalogue, makeCatalogue } from '../../src/messages/catalogue.ts';
import { formatDuration, formatList, formatNumber } from '../../src/messages/format.ts';
import { render } from '../../src/messages/render.ts';

const same = (text: string) => ({ en: text, th: text });
const catalogue = makeCatalogue([
  ['greeting', { en: 'Hello {name}[[, you are {age}]].', th: 'สวัสดี {name}[[ อายุ {age}]]' }],
  ['left', same('left {s:duration}')],
  ['list', same('{n:count}: {n}')],
  ['things', same('{items}')],
  ['things.items', same('{file} is {label}')],
  ['step', same('now {stage:name}')],
  ['stage.pack', same('packing')],
  ['crash', same('over[[{memory:if}, perhaps memory]].')],
]);
const say = (event: object, language: 'en' | 'th' = 'en') => render({ event: 'x', ...event }, language, catalogue);

describe('a sentence', () => {
  it("is found by code, else by event name, else it is the event's own", () => {
    assert.equal(say({ event: 'notice', code: 'greeting', name: 'Ada' }), 'Hello Ada.');
    assert.equal(say({ event: 'greeting', name: 'Ada' }), 'Hello Ada.');
    assert.equal(say({ event: 'notice', code: 'unheard_of', msg: 'own words' }), 'own words');
    assert.equal(say({ event: 'unheard_of' }), 'unheard_of');
  });

  it('says optional parts where their parameters are there', () => {
    assert.equal(say({ code: 'greeting', name: 'Ada', age: 9 }), 'Hello Ada, you are 9.');
    assert.equal(say({ code: 'greeting', name: 'Ada', age: null }, 'th'), 'สวัสดี Ada');
    assert.equal(say({ code: 'crash', memory: true }), 'over, perhaps memory.');
    assert.equal(say({ code: 'crash' }), 'over.');
    assert.equal(say({ code: 'greeting', name: 'Ada', age: '' }), 'Hello Ada.');
    assert.equal(
      render({ event: 'epoch_end', epoch: 3, max_epoch: 3, eta_s: 0 }, 'en', loadCatalogue()),
      'Epoch 3 of 3 done.',
    );
  });

  it("is in the reader's language where what it names is empty", () => {
    assert.equal(say({ code: 'greeting', name: '', msg: 'Hello .' }, 'th'), 'สวัสดี ');
    assert.match(
      render({ event: 'error', code: 'project_id_invalid', project: '', msg: 'x' }, 'th', loadCatalogue()),
      /^ใช้รหัสโปรเจกต์ "" ไม่ได้/,
    );
  });

  it("falls back to the event's own words where a parameter is missing", () => {
    assert.equal(say({ code: 'greeting', msg: 'hello whoever' }), 'hello whoever');
  });

  it('tells lists of words and of things, and counts them', () => {
    assert.equal(say({ code: 'list', n: ['a', 'b'] }), '2: a, b');
    assert.equal(
      say({
        code: 'things',
        items: [
          { file: '1.jpg', label: 'Cat' },
          { file: '2.jpg', label: 'Dog' },
        ],
      }),
      '1.jpg is Cat, 2.jpg is Dog',
    );
    assert.equal(formatList(['a', 'b', 'c'], 'en', 2), 'a, b and 1 more');
  });

  it('calls a word of the contract by its name, where it has one', () => {
    assert.equal(say({ code: 'step', stage: 'pack' }), 'now packing');
    assert.equal(say({ code: 'step', stage: 'other' }), 'now other');
  });

  it('does not take a parameter for a template', () => {
    assert.equal(say({ code: 'greeting', name: '{age} [[x]]', age: 3 }), 'Hello {age} [[x]], you are 3.');
  });

  it('speaks of samples where a sound may be meant', () => {
    const event = { event: 'convert_model_end', agreement: 100, seconds: 9 };
    assert.equal(
      render(event, 'en', loadCatalogue()),
      'The model is ready for the board after 9 s; on the board it gives the same answer as on the computer for 100 % of the test samples.',
    );
    const counted = { ...event, agreement: 95.83, same: 23, compared: 24, expect_least: 79, expect_most: 100 };
    assert.match(
      render(counted, 'en', loadCatalogue()),
      /for 95\.8 % of the test samples \(23 of 24; of 100 new ones expect 79 to 100\)\.$/,
    );
    assert.match(render(counted, 'th', loadCatalogue()), /23 จาก 24 .* 79 ถึง 100/);
    assert.doesNotMatch(render(event, 'th', loadCatalogue()), /รูป/);
  });

  it('tells the quick check as pupils need it', () => {
    const event = {
      event: 'instant_model',
      accuracy: 97.04,
      right: 24,
      checked: 24,
      uneven: false,
      expect_least: 86,
      expect_most: 100,
      suspects: [{ file: 'Cat/1.jpg', label: 'Cat', suggestion: 'Dog' }],
      seconds: 3,
      computed: 9,
      cached: 0,
    };
    const real = loadCatalogue();
    assert.equal(
      render(event, 'en', real),
      'Quick check: 24 of 24 photos right, each checked by a model that had not learnt it; of 100 new photos expect 86 to 100; these look mislabelled (1): Cat/1.jpg (is it Dog instead of Cat?).',
    );
    assert.equal(
      render({ ...event, uneven: true, suspects: [] }, 'en', real),
      'Quick check: 24 of 24 photos right, each checked by a model that had not learnt it; of 100 new photos expect 86 to 100 if every label has the same number.',
    );
    assert.equal(
      render({ ...event, suspects: [] }, 'th', real),
      'ลองตรวจเร็ว ๆ: ถามรูปที่ยังไม่เคยเรียน 24 รูป ตอบถูก 24 รูป ถ้าถ่ายรูปใหม่ 100 รูป น่าจะตอบถูก 86 ถึง 100 รูป',
    );
  });

  it('says at the end of a training how many were right, and what that promises', () => {
    const event = {
      event: 'train_end',
      epoch: 7,
      metric: 'val_accuracy',
      value: 95.83,
      seconds: 61,
      right: 23,
      checked: 24,
      uneven: false,
      expect_least: 79,
      expect_most: 100,
    };
    const real = loadCatalogue();
    assert.equal(
      render(event, 'en', real),
      'Training is done after 61 s: 23 of 24 samples that it had never seen are right; of 100 new ones expect 79 to 100.',
    );
    assert.equal(
      render(event, 'th', real),
      'ฝึกเสร็จแล้วใน 61 วินาที ลองถาม 24 ตัวอย่างที่ไม่เคยเห็น ตอบถูก 23 ตัวอย่าง ถ้าเจอของใหม่ 100 ตัวอย่าง น่าจะตอบถูก 79 ถึง 100 ตัวอย่าง',
    );
  });

  it('says of boxes in how many photos all is found and nothing else', () => {
    const event = {
      event: 'train_end',
      epoch: 21,
      mAP: 99.5,
      seconds: 61,
      photos_right: 46,
      photos_checked: 49,
      expect_least: 83,
      expect_most: 99,
    };
    assert.equal(
      render(event, 'en', loadCatalogue()),
      'Training is done after 61 s: it finds everything, and nothing else, in 46 of 49 photos that it had never seen; of 100 new ones expect 83 to 99; the kept model of epoch 21 has mAP 99.5.',
    );
    assert.match(render(event, 'th', loadCatalogue()), /49 รูปที่ไม่เคยเห็น .* 46 รูป/);
  });
});

describe('numbers and durations', () => {
  it('are as people read them', () => {
    assert.deepEqual([7, 0.41234, 97.04, 1234.56, 1e-7, Number.NaN].map(formatNumber), [
      '7',
      '0.412',
      '97',
      '1235',
      '1e-7',
      '?',
    ]);
    assert.deepEqual(
      [0.04, 3.14, 42, 200, 3600, 7300].map((s) => formatDuration(s, 'en')),
      ['0 s', '3.1 s', '42 s', '3 min', '60 min', '2 h 2 min'],
    );
    assert.equal(formatDuration(200, 'th'), '3 นาที');
  });
});

describe('the language of a reader', () => {
  for (const [header, language] of [
    [undefined, 'en'],
    ['', 'en'],
    ['th', 'th'],
    ['th-TH,th;q=0.9,en;q=0.8', 'th'],
    ['en-US,en;q=0.9,th;q=0.8', 'en'],
    ['fr,th;q=0.3', 'th'],
    ['en;q=0.2, th;q=0.7', 'th'],
    ['th;q=0', 'en'],
    ['*', 'en'],
    ['TH', 'th'],
    ['th;q=abc', 'en'],
    [';;,,', 'en'],
  ] as const) {
    it(`of "${header}" is ${language}`, () => assert.equal(chooseLanguage(header), language));
  }
});
