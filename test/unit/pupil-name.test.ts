import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cleanName, isSameName, MAX_NAME_CHARACTERS } from '../../src/pupil-name.ts';

describe('a name', () => {
  for (const [text, name] of [
    ['  Ann  ', 'Ann'],
    ['Ann \u00a0\u3000 Lee', 'Ann Lee'],
    ['ดาว', 'ดาว'],
    ['น้ำฝน', 'น้ำฝน'],
    ['Zoe\u0301', 'Zo\u00e9'],
    ['👩‍🏫 🦁', '👩‍🏫 🦁'],
    ['7', '7'],
    ['\ufeffสม\u200bชาย', 'สมชาย'],
    ['A\u00adnn\u2060', 'Ann'],
    ['❤\ufe0f', '❤\ufe0f'],
    ['<b onclick="x">Ann</b>', '<b onclick="x">Ann</b>'],
    ['ก'.repeat(MAX_NAME_CHARACTERS), 'ก'.repeat(MAX_NAME_CHARACTERS)],
    ['🦁'.repeat(MAX_NAME_CHARACTERS), '🦁'.repeat(MAX_NAME_CHARACTERS)],
  ] as const)
    it(`${JSON.stringify(text)} is kept as ${name}`, () => assert.equal(cleanName(text), name));

  for (const text of [
    '',
    ' ',
    '\u200b',
    '\u200d',
    '\u3164',
    '\u2800',
    '\ufe0f\u{e0041}',
    '\u0301\u0301',
    'A\nB',
    'A\u0000B',
    '\ud83e',
    'A\u2028B',
    'A\u202eB',
    '\u2066A',
    'ก'.repeat(MAX_NAME_CHARACTERS + 1),
    `e${'\u0323\u0307'.repeat(30)}`,
  ])
    it(`${JSON.stringify(text)} is none`, () => assert.equal(cleanName(text), undefined));

  it('is the same in capitals, decomposed, or with SARA AM in its two parts', () => {
    for (const [one, other] of [
      ['Ann', 'ANN'],
      ['Zo\u00e9', 'ZOE\u0301'],
      ['น้ำ', 'น\u0e49\u0e4d\u0e32'],
      ['❤', '❤\ufe0f'],
      ['👩\u200d🏫', '👩🏫'],
      ['Ann', 'A\u034fn\u{e0041}n'],
    ] as const)
      assert.ok(isSameName(one, other), one);
    assert.ok(!isSameName('Ann', 'Anna'));
  });
});
