import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageAddressOf, waysOf } from '../../page/connect/addresses.ts';
import { baseOf, segment } from '../../page/core/base.ts';
import { hashOf, parseRoute, type Route } from '../../page/core/route.ts';
import { curvePath, roundUp, thinned } from '../../page/parts/curve-path.ts';
import { mistakesOf, strength, worstOf } from '../../page/result/confusion.ts';
import { sizeOf } from '../../page/result/sizes.ts';
import { barsOf, verdictOf } from '../../page/try/verdict.ts';
import { wavOf } from '../../page/try/wav.ts';

describe('the address of the page', () => {
  it('names the screen after #, whatever letters a project has', () => {
    const routes: Route[] = [
      { screen: 'class' },
      { screen: 'projector' },
      { screen: 'connect' },
      { screen: 'project', id: 'โปรเจค 1/2#%', part: 'training' },
      { screen: 'project', id: 'cats', part: 'try' },
    ];
    for (const route of routes) assert.deepEqual(parseRoute(hashOf(route)), route);
    for (const odd of ['', '#', '#/', '#/nothing', '#/project', '#/project/'])
      assert.deepEqual(parseRoute(odd), { screen: 'class' }, odd);
    assert.deepEqual(parseRoute('#/project/%E0%/try'), { screen: 'project', id: '%E0%', part: 'try' });
    assert.equal(hashOf({ screen: 'project', id: 'cats', part: 'training' }), '#/project/cats');
    assert.deepEqual(parseRoute('#/project/cats/nothing'), { screen: 'project', id: 'cats', part: 'training' });
  });

  it('keeps the key in front of every request', () => {
    assert.equal(baseOf('/'), '');
    assert.equal(baseOf('/w/river-candle-tiger/'), '/w/river-candle-tiger');
    assert.equal(segment('a b/ค'), 'a%20b%2F%E0%B8%84');
  });
});

describe('a curve', () => {
  const box = { width: 100, height: 10 };
  const scale = { least: 0, most: 100 };
  it('goes from the first epoch to the last one planned, and stays in its box', () => {
    const points = [
      { epoch: 1, value: 0 },
      { epoch: 2, value: 50 },
      { epoch: 3, value: 250 },
    ];
    assert.equal(curvePath(points, box, scale, 5), 'M0 10L25 5L50 0');
    assert.equal(curvePath(points, box, { least: 20, most: 80 }, 4), 'M0 10L33.3 5L66.7 0');
  });

  it('leaves out what is no number, and shows one value alone', () => {
    const odd = [
      { epoch: 1, value: undefined },
      { epoch: 2, value: Number.NaN },
    ];
    assert.equal(curvePath(odd, box, scale, 5), '');
    assert.equal(curvePath([...odd, { epoch: 3, value: 100 }], box, scale, 5), 'M0 0L50 0');
    assert.equal(curvePath([{ epoch: 1, value: 100 }], box, scale, 1), 'M0 0L100 0');
    assert.equal(curvePath([{ epoch: 1, value: 100 }], box, scale, 5), 'M0 0L5 0', 'long enough to be seen');
  });

  it('has an axis that ends with a round number', () => {
    assert.deepEqual(
      [0.00725, 0.41, 1, 1.1, 37, 0.0000041, 0, Number.NaN].map(roundUp),
      [0.01, 0.5, 1, 2, 50, 0.000005, 1, 1],
    );
  });

  it('keeps first and last where its table is thinned', () => {
    const many = Array.from({ length: 101 }, (_, index) => index);
    assert.deepEqual(thinned(many, 5), [0, 25, 50, 75, 100]);
    assert.deepEqual(thinned([1, 2], 5), [1, 2]);
  });
});

describe('a confusion matrix', () => {
  it('names the mistakes, the most often first', () => {
    const rows = [
      [5, 0, 1],
      [3, 1, 0],
      [0, 0, 4],
    ];
    assert.deepEqual(mistakesOf(['a', 'b', 'c'], rows), [
      { label: 'b', answer: 'a', count: 3 },
      { label: 'a', answer: 'c', count: 1 },
    ]);
  });

  it('of boxes says what was not found, and what was found where nothing is', () => {
    const worst = (rows: number[][]) => {
      const [first] = mistakesOf(['a', 'b'], rows);
      return first && worstOf(first);
    };
    assert.deepEqual(
      worst([
        [3, 1, 2],
        [0, 2, 9],
        [1, 0, 0],
      ]),
      { key: 'confusion.missed', params: { label: 'b', count: 9 } },
    );
    assert.deepEqual(
      worst([
        [3, 1, 2],
        [0, 2, 0],
        [7, 0, 0],
      ]),
      {
        key: 'confusion.invented',
        params: { answer: 'a', count: 7 },
      },
    );
    assert.deepEqual(
      worst([
        [3, 5, 2],
        [0, 2, 0],
        [1, 0, 0],
      ]),
      {
        key: 'confusion.worst',
        params: { label: 'a', answer: 'b', count: 5 },
      },
    );
  });

  it('colours a cell by its share of the row, and one mistake is seen', () => {
    assert.deepEqual(
      [0, 1, 50, 99].map((count) => strength(count, [0, 1, 50, 99])),
      [0, 1, 1, 3],
    );
    assert.equal(strength(0, [0, 0]), 0);
  });
});

describe('an answer', () => {
  it('is unknown below the limit, and where the server says so', () => {
    assert.equal(verdictOf({ prediction: 'Cat', prob: 0.7 }, 0.5), 'Cat');
    assert.equal(verdictOf({ prediction: 'Cat', prob: 0.7 }, 0.7), 'Cat');
    assert.equal(verdictOf({ prediction: 'Cat', prob: 0.7 }, 0.8), undefined);
    assert.equal(verdictOf({ prediction: 'Cat', prob: 0.99, unknown: true }, 0.5), undefined);
    assert.equal(verdictOf({}, 0.5), undefined);
  });

  it('has two bars a label, and one before the conversion', () => {
    const probs = { Cat: 0.7, Dog: 0.3 };
    assert.deepEqual(barsOf({ probs, board: { probs: { Cat: 0.6, Dog: 0.4 } } }), [
      { label: 'Cat', computer: 0.7, board: 0.6 },
      { label: 'Dog', computer: 0.3, board: 0.4 },
    ]);
    assert.deepEqual(barsOf({ probs }), [
      { label: 'Cat', computer: 0.7, board: undefined },
      { label: 'Dog', computer: 0.3, board: undefined },
    ]);
  });

  it('the size of a model counts what the board loads', () => {
    for (const [files, size] of [
      [{ 'model_int8.bin': 1_201_436, 'model_int8.param': 8_953, 'model.onnx': 3_698_109 }, 1.2],
      [{ 'model_int8.bin': 1_000_000, 'model_int8.param': 300_000 }, 1.3],
      [{ 'model_cpu.npz': 700_000 }, 0.7],
      [{ 'model.cvimodel': 2_000_000 }, 2],
      [{ 'model_cpu.npz': 9_000 }, 0.1], // never 0
      [{ 'model.onnx': 3_698_109 }, undefined],
      [undefined, undefined],
    ] as const)
      assert.equal(sizeOf(files), size, JSON.stringify(files));
  });
});

describe('a recording', () => {
  it('becomes a WAV file of one channel, in whole numbers', () => {
    const file = Buffer.from(wavOf(new Float32Array([0, 1, -1, 2, 0.5]), 16_000));
    assert.equal(file.length, 44 + 10);
    assert.deepEqual(
      [0, 8, 12, 36].map((at) => file.toString('latin1', at, at + 4)),
      ['RIFF', 'WAVE', 'fmt ', 'data'],
    );
    assert.deepEqual(
      [4, 16, 24, 28, 40].map((at) => file.readUInt32LE(at)),
      [46, 16, 16_000, 32_000, 10],
      'lengths, samples and bytes of a second',
    );
    assert.deepEqual(
      [20, 22, 32, 34].map((at) => file.readUInt16LE(at)),
      [1, 1, 2, 16],
      'whole numbers, one channel, 2 bytes, 16 bits',
    );
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((index) => file.readInt16LE(44 + 2 * index)),
      [0, 32767, -32767, 32767, 16384],
    );
  });
});

describe('how to connect', () => {
  const own = 'http://127.0.0.1:5000';
  it('shows the ways that there are, and the page for phones', () => {
    const all = {
      own,
      http: ['http://192.168.1.5:5000/w/k'],
      https: ['https://192.168.1.5:5443/w/k'],
      trust: 'http://192.168.1.5:5000/trust',
    };
    assert.deepEqual(waysOf(all), [
      { kind: 'hosted', urls: all.https, trust: all.trust },
      { kind: 'school', urls: all.http },
      { kind: 'here', urls: [own] },
    ]);
    assert.equal(pageAddressOf(all), 'http://192.168.1.5:5000/w/k/');
    const alone = { own, http: [], https: [] };
    assert.deepEqual(waysOf(alone), [{ kind: 'here', urls: [own] }]);
    assert.equal(pageAddressOf(alone), undefined);
  });
});
