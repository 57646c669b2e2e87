import assert from 'node:assert/strict';
import test from 'node:test';
import { encodePng } from '../../tools/demo/png.ts';
import { zipOf } from '../helpers/project-zip.ts';
import { tone } from '../helpers/tone-project.ts';
import { startWalk } from '../helpers/walk.ts';

/** What a pupil can type, in the order of the board's program. */
const LABELS = [
  '"',
  '#',
  '1',
  '1/2',
  'A',
  'a',
  'cat ',
  'cat',
  'null',
  'on/off',
  'salt & pepper',
  'two\nlines',
  'แมว',
  '🐱',
];
const PER_LABEL = 4;

interface Report {
  readonly training: {
    readonly labels: readonly string[];
    readonly samples_per_label: Readonly<Record<string, { readonly train: number; readonly validation: number }>>;
  };
}

function projectZip(
  type: string,
  modelType: string,
  folder: string,
  ext: string,
  content: (label: number, variant: number) => Buffer,
): Promise<Buffer> {
  const samples = LABELS.flatMap((label, number) =>
    Array.from({ length: PER_LABEL }, (_, variant) => ({ id: `${number}-${variant}`, label, number, variant })),
  );
  const trainConfig = { modelType, epochs: 1, batch_size: 16, train_split: 75 };
  return zipOf({
    'project.json': JSON.stringify({
      id: 'odd',
      name: 'odd',
      projectType: type,
      currentBoard: { id: 'kidbright-mai' },
      labels: [...LABELS].reverse().map((label) => ({ label })),
      trainConfig,
    }),
    'dataset.json': JSON.stringify({
      project: 'odd',
      datasetType: type,
      data: samples.map(({ id, label }) => ({ id, ext, class: label, sound_ext: ext })),
    }),
    ...Object.fromEntries(
      samples.map(({ id, label, number, variant }) => [`${folder}/${label}/${id}.${ext}`, content(number, variant)]),
    ),
  });
}

function picture(label: number, variant: number): Buffer {
  const side = 64;
  const rgb = Uint8Array.from(
    { length: side * side * 3 },
    (_, i) => (37 * label + 11 * variant + 90 * (i % 3) + (i % (label + 5)) * 20) % 256,
  );
  return Buffer.from(encodePng(side, side, rgb));
}

for (const [what, zip] of [
  ['photos', () => projectZip('IMAGE_CLASSIFICATION', 'mobilenet-10', 'dataset', 'png', picture)],
  [
    'sounds',
    () =>
      projectZip('VOICE_CLASSIFICATION', 'voice-cnn', 'dataset/sound', 'wav', (label, variant) =>
        tone(300 + 200 * label, variant, 0.5),
      ),
  ],
] as const) {
  test(`${what} with any label are uploaded, learnt and reported in the order of the board's program`, async (t) => {
    const walk = await startWalk();
    t.after(() => walk.close());
    assert.deepEqual(await walk.ide.upload('odd', await zip()), { result: 'success' });
    assert.equal((await walk.ide.train('odd', {})).result, 'OK');
    const end = await walk.waitFor('train_end', 300_000);
    assert.deepEqual(Object.keys(end['per_label'] as object).sort(), [...LABELS].sort());
    const report = JSON.parse((await walk.ide.output('odd', 'report.json')).toString('utf8')) as Report;
    assert.deepEqual(report.training.labels, LABELS);
    for (const label of LABELS) {
      // samples that look or sound alike are of one scene, so the sides may be of other sizes
      const { train = 0, validation = 0 } = report.training.samples_per_label[label] ?? {};
      assert.deepEqual([train + validation, train > 0, validation > 0], [PER_LABEL, true, true], JSON.stringify(label));
    }
    const lines = (await walk.ide.output('odd', 'labels.txt')).toString('utf8').split('\n');
    assert.deepEqual(lines, [...LABELS.map((label) => label.replace('\n', ' ')), '']);
    const notices = walk.events.filter(({ event }) => event === 'notice').map((event) => event.msg ?? '');
    assert.deepEqual(
      notices.filter((msg) => /no such label|may be among/.test(msg)),
      [],
    );
    const breaking = notices.filter((msg) => msg.includes("board's program cannot hold"));
    assert.equal(breaking.length, what === 'photos' ? 1 : 0, 'the program for sounds reads the names from our file');
  });
}
