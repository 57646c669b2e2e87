import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTopic } from '../../src/messages/catalogue.ts';
import { cardOf } from '../../src/models/card/card.ts';
import { type CardProject, factsOf } from '../../src/models/card/facts.ts';
import { cardHtml } from '../../src/models/card/html.ts';
import type { ModelCard } from '../../src/models/card/schemas.ts';

const SHAPES: CardProject = { name: 'Shapes', type: 'IMAGE_CLASSIFICATION', board: 'kidbright-mai' };
const training = {
  model: 'efficientnet-lite0-11',
  asked: 'resnet18',
  weights: 'imagenet',
  metric: 'val_accuracy',
  value: 86.7,
  labels: ['circle', 'square'],
  train_samples: 24,
  val_samples: 15,
  samples_per_label: { square: { train: 4, validation: 8 }, circle: { train: 20, validation: 7 } },
  scenes: { scenes: 30, held_back: 15, twins: 1 },
  right: 13,
  checked: 15,
  uneven: true,
  expect_least: 60,
  expect_most: 96,
  confusion: [
    [7, 0],
    [2, 6],
  ],
  instant: { left_out: { right: 5, checked: 9, expect_least: 21, expect_most: 86, hidden: 2, labels: 2 } },
  findings: [
    { code: 'mislabelled', count: 2, files: [] },
    { code: 'one_scene', count: 4, labels: ['square'], files: [] },
  ],
  train_config: { epochs: 3, learning_rate: 0.001, code: null },
  epoch: 2,
  batch_size: 32,
  seconds: 15.96,
};
const conversion = {
  compared: { same: 23, compared: 24, expect_least: 79, expect_most: 100 },
  checked: { board: { right: 12, checked: 15, uneven: false, expect_least: 52, expect_most: 95 } },
  changed: [
    { file: 'dataset/circle/7.png', label: 'circle', float: { prediction: 'circle' }, board: { prediction: 'square' } },
  ],
  cpu_layers: [{ type: 'ConvolutionDepthWise' }, { type: 'ConvolutionDepthWise' }],
  frame_rate: { at_least: 1.1, at_most: 7 },
  unknown: { threshold: 3.5, kept_percent: 95 },
  files: { 'model_int8.bin': 1_201_436, 'model_int8.param': 8_953, 'model.pth': 3_849_865 },
};

const cardFrom = (report: object, project = SHAPES, language: 'en' | 'th' = 'en') =>
  cardOf(factsOf(project, { report: { ...report }, jobId: 'j1', finishedAt: 1_764_000_000 }), language);
/** Lines and rows of the sections, each as one text. */
const textsOf = (card: ModelCard) =>
  card.sections.map(({ title, lines, table }) => [
    title,
    ...lines,
    ...(table?.rows ?? []).map((row) => row.join(' | ')),
  ]);

describe('a model card', () => {
  it('says what a report says', () => {
    const [trained = [], right, mixedUp, board = [], limits, settings = []] = textsOf(
      cardFrom({ training, conversion }),
    );
    assert.deepEqual(trained, [
      'What it learnt from',
      'It learnt from 24 examples. 15 others were kept apart to check it.',
      'They show 30 different scenes, 15 of them among those that check it.',
      'The network (efficientnet-lite0-11) had learnt from other photos before (ImageNet), and was then taught these labels.',
      'resnet18 was chosen in the IDE; efficientnet-lite0-11 was trained in its place.',
      'circle | 20 | 7',
      'square | 4 | 8',
    ]);
    assert.deepEqual(right, [
      'How often it is right',
      '13 of 15 answers were right, for examples that it had never seen. Of 100 new ones expect 60 to 96, if every label comes equally often.',
      '1 example that checked it looks almost like one that it learnt from. New places are harder than these figures say.',
    ]);
    assert.deepEqual(mixedUp, ['What it mixes up', 'square | circle | 2']);
    assert.deepEqual(board.slice(1), [
      'The board gave the same answer as the computer for 23 of 24 examples. This was calculated, not tried on a board. Of 100 new ones expect 79 to 100.',
      'On the board 12 of 15 answers were right. Of 100 new ones expect 52 to 95.',
      'The board answered differently for 1 example.',
      'It looks at 1.1 to 7 pictures a second: an estimate, not measured on this board.',
      "2 layers run on the board's processor, which is slower than its accelerator: ConvolutionDepthWise.",
      'The board loads 1.2 MB.',
      'circle/7.png | circle | circle | square',
    ]);
    assert.deepEqual(limits, [
      'What it cannot do',
      'It was never shown anything but: circle, square. It may take other things for one of these.',
      '2 of the 2 labels were hidden from a quick model, one at a time: it noticed 5 of 9 of their examples as unknown.',
      'Below a raw output of 3.5 on the board, it is probably none of the labels. About 95 of 100 new examples of the labels reach this.',
      'Seen in one scene only, and never anywhere else: square.',
      'Few examples were there to learn from (fewer than 20): square (4).',
      '2 examples may have had the wrong label. It learnt from them as they were.',
      'It was checked with examples of the same collection only: never with those of somebody else, another camera or another room.',
    ]);
    assert.match(settings[1] ?? '', /^trained on \| 24 November 2025/);
    assert.deepEqual(settings.slice(2), [
      'network | efficientnet-lite0-11',
      'rounds asked for | 3',
      'learning rate | 0.001',
      'round that was kept | 2',
      'examples at a time (batch size) | 32',
      'time it took | 16 s',
    ]);
  });

  it('invents nothing: of a report without figures it says that they are not known', () => {
    for (const empty of [
      {},
      { training: 'none', conversion: [] },
      { training: { right: '13', labels: [1], confusion: [['x']] } },
    ]) {
      const texts = textsOf(cardFrom(empty)).flat();
      assert.ok(texts.includes('How often it is right was not measured.'));
      assert.ok(texts.includes('How many different scenes they show was not measured.'));
      assert.ok(texts.includes('What it mixes up was not noted.'));
      assert.equal(texts.filter((text) => /\d/.test(text) && !/2025/.test(text)).join(), '');
    }
    const converted = textsOf(cardFrom({ training, conversion: {} }))[3] ?? [];
    assert.deepEqual(converted.slice(1), [
      'The answers of the board were not compared with those of the computer.',
      'Which examples the board answers differently was not noted.',
      'How fast it is on the board was not estimated.',
      "Which layers run on the board's processor was not noted.",
      "The size of the board's files was not noted.",
    ]);
    assert.match(textsOf(cardFrom({ training }))[3]?.[1] ?? '', /^The model was not made ready for the board/);
  });

  it('has no date where the file that says it holds no time', () => {
    for (const finishedAt of [undefined, 1e20, -1e300]) {
      const { sections } = cardOf(factsOf(SHAPES, { report: { training }, jobId: 'x', finishedAt }), 'en');
      const rows = sections.at(-1)?.table?.rows ?? [];
      assert.deepEqual([rows.length > 3, rows.some(([name]) => name === 'trained on')], [true, false], `${finishedAt}`);
    }
  });

  it('of boxes counts photos, and calls what is no thing nothing', () => {
    const boxes = { ...SHAPES, type: 'OBJECT_DETECTION' } as const;
    const { samples_per_label: _, right: __, checked: ___, ...rest } = training;
    const confusion = [
      [5, 0, 3],
      [0, 6, 0],
      [1, 0, 0],
    ];
    const [trained, right, mixedUp] = textsOf(
      cardFrom({ training: { ...rest, photos_right: 4, photos_checked: 9, confusion } }, boxes),
    );
    assert.match(trained?.join() ?? '', /Labels: circle, square\. A photo can show several/);
    assert.equal(
      right?.[1],
      'In 4 of 9 photos that it had never seen, it found everything, and nothing else. Of 100 new ones expect 60 to 96, if every label comes equally often.',
    );
    assert.deepEqual(mixedUp?.slice(1), ['circle | nothing | 3', 'nothing | circle | 1']);
  });

  it('says milliseconds of a board whose frames are not estimated', () => {
    const { frame_rate: _, ...rest } = conversion;
    const timed = { ...rest, board: 'kidbright-mai-plus', milliseconds: { at_least: 9, at_most: 11 } };
    const [title, ...lines] = textsOf(cardFrom({ training, conversion: timed }))[3] ?? [];
    assert.match(title ?? '', /KidBright mAI Plus/);
    assert.ok(
      lines.some((line) => /^The network takes about 9 to 11 milliseconds for an example: an estimate/.test(line)),
    );
    assert.ok(!lines.some((line) => /pictures a second|was not estimated/.test(line)));
  });

  it('names the most frequent mistakes alone, where there are many', () => {
    const labels = ['a', 'b', 'c'];
    const confusion = [
      [0, 1, 2],
      [3, 0, 4],
      [5, 6, 0],
    ];
    const mixedUp = textsOf(cardFrom({ training: { ...training, labels, confusion } }))[2];
    assert.equal(mixedUp?.[1], 'These are the 5 most frequent of 6 kinds of mistakes.');
    assert.deepEqual(mixedUp?.slice(2), ['c | b | 6', 'c | a | 5', 'b | c | 4', 'b | a | 3', 'a | c | 2']);
  });

  it('names the first examples that the board answers differently, where there are many', () => {
    const changed = Array.from({ length: 11 }, () => conversion.changed[0]);
    const { lines = [], table } = cardFrom({ training, conversion: { ...conversion, changed } }).sections[3] ?? {};
    assert.ok(lines.includes('The board answered differently for 11 examples.'));
    assert.ok(lines.includes('The table shows the first 10 of them.'));
    assert.equal(table?.rows.length, 10);
  });

  it('has every sentence in Thai too, and says each somewhere', () => {
    const texts = textsOf(cardFrom({ training, conversion }, SHAPES, 'th')).flat();
    for (const text of texts.filter((line) => !line.includes(' | '))) assert.match(text, /[\u0e00-\u0e7f]/, text);
    const folder = fileURLToPath(new URL('../../src/models/card/', import.meta.url));
    const sources = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
    const unsaid = Object.keys(readTopic('model-card.json'))
      .map((key) => key.replace('model_card.', ''))
      .filter((key) => !sources.some((text) => text.includes(`'${key.replace(/^setting_/, '')}'`)));
    assert.deepEqual(unsaid, []);
  });
});

describe('a model card as a file', () => {
  const name = '</title><script>alert(1)</script>';
  const label = '<img src=x onerror=alert(1)> & "x"';
  const html = cardHtml(
    cardFrom(
      {
        training: {
          ...training,
          labels: [label, 'square'],
          samples_per_label: { [label]: { train: 1, validation: 1 } },
        },
      },
      { ...SHAPES, name },
    ),
    'en',
  );

  it('shows names and labels as text, whatever stands in them', () => {
    assert.doesNotMatch(
      html,
      /<(?!\/?(html|head|meta|title|style|body|main|h1|h2|p|table|thead|tbody|tr|th|td)\b|!doctype)/,
    );
    assert.ok(html.includes('&#60;img src=x onerror=alert(1)&#62; &#38; &#34;x&#34;'));
  });

  it('lets nothing be loaded', () => {
    assert.match(html, /content="default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]{43}=&#39;"/);
    assert.doesNotMatch(html, /(?:src|href)="/);
  });
});
