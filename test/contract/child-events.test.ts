import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { CHILD_EVENTS, type ChildEvent } from '../../src/child/event.ts';
import { parseLine } from '../../src/child/parse-line.ts';
import { loadCatalogue, makeCatalogue, readTopic } from '../../src/messages/catalogue.ts';
import { formatDuration, formatNumber } from '../../src/messages/format.ts';
import { paramsOf, parseTemplate } from '../../src/messages/template.ts';
import { render } from '../../src/messages/render.ts';

// The example lines are the contract: Python's tests read the same files.

const FIXTURES = new URL('../../contract/examples/', import.meta.url);
const MESSAGES = new URL('../../contract/messages/', import.meta.url);
const LANGUAGES = ['en', 'th'] as const;
const catalogue = loadCatalogue();

function linesIn(folder: string): { file: string; text: string }[] {
  const names = readdirSync(new URL(folder, FIXTURES)).filter((name) => name.endsWith('.jsonl'));
  return names.flatMap((file) =>
    readFileSync(new URL(`${folder}${file}`, FIXTURES), 'utf8')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => ({ file, text })),
  );
}

const valid = linesIn('valid/').map(({ file, text }) => ({ file, text, parsed: parseLine({ text }) }));
const events = valid.flatMap(({ parsed }) => ('event' in parsed ? [parsed.event] : []));
const keyOf = (event: ChildEvent) => String('code' in event ? event.code : event.event);
const TOLD = events.filter(({ event }) => event !== 'ready' && event !== 'heartbeat');

describe('the events of a child', () => {
  it('are what every valid example line parses to', () => {
    for (const { file, text, parsed } of valid) assert.ok('event' in parsed, `${file}: ${text}`);
  });

  it('are none of the invalid example lines, which stay text', () => {
    for (const { file, text } of linesIn('invalid/')) assert.deepEqual(parseLine({ text }), { text }, file);
  });

  it('each have an example', () => {
    const seen = new Set(events.map(({ event }) => event));
    const without = Object.keys(CHILD_EVENTS).filter((name) => ![...seen].some((event) => event === name));
    // The conversion's lines come with its own examples.
    assert.deepEqual(
      without.filter((name) => !name.startsWith('convert_')),
      [],
    );
  });
});

describe('the sentences', () => {
  it('are there in English and Thai for every event and code of the examples', () => {
    const missing = TOLD.map(keyOf).filter((key) =>
      LANGUAGES.some((language) => catalogue.find(key, language) === undefined),
    );
    assert.deepEqual([...new Set(missing)], []);
  });

  it('need no parameter that the example line does not have', () => {
    for (const event of TOLD) {
      for (const language of LANGUAGES) {
        const parts = catalogue.find(keyOf(event), language) ?? [];
        for (const { param, optional } of paramsOf(parts)) {
          assert.ok(optional || event[param] !== undefined, `${keyOf(event)} (${language}) needs {${param}}`);
        }
      }
    }
  });

  it('make whole sentences: no brace or bracket is left', () => {
    for (const event of TOLD) {
      for (const language of LANGUAGES)
        assert.doesNotMatch(
          render(event, language, catalogue),
          /[{}]|\[\[|\]\]|undefined|\[object/,
          JSON.stringify(event),
        );
    }
  });

  it('are what the child wrote in English', () => {
    for (const event of TOLD) if ('msg' in event) assert.equal(render(event, 'en', catalogue), event.msg);
  });

  it('are in Thai script where they are Thai, and use the same parameters in both languages', () => {
    for (const [key, sentences] of catalogue.entries) {
      assert.match(sentences.th, /[\u0e00-\u0e7f]/, key);
      assert.ok(sentences.en.length > 0, key);
      for (const { param } of paramsOf(parseTemplate(sentences.th)))
        assert.ok(sentences.en.includes(`{${param}`), `${key}: {${param}} is in Thai only`);
    }
  });

  it('stand in one topic each', () => {
    const topics = readdirSync(MESSAGES).filter((name) => name.endsWith('.json'));
    const keys = topics.flatMap((name) => Object.keys(readTopic(name)));
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  });
});

describe('the figures in a sentence', () => {
  const figures = JSON.parse(readFileSync(new URL('figures.json', FIXTURES), 'utf8')) as {
    readonly numbers: readonly (readonly [number, string])[];
    readonly durations: readonly (readonly [number, string])[];
    readonly lists: readonly (readonly [readonly unknown[], string])[];
  };

  it('are written as Python writes them', () => {
    for (const [value, text] of figures.numbers) assert.equal(formatNumber(value), text);
    for (const [seconds, text] of figures.durations) assert.equal(formatDuration(seconds, 'en'), text);
    const list = makeCatalogue([['x', { en: '{items}', th: '{items}' }]]);
    for (const [items, text] of figures.lists) assert.equal(render({ event: 'x', items }, 'en', list), text);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.deepEqual([formatNumber(value), formatDuration(value, 'en')], ['?', '?']);
  });
});
