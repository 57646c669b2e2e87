import { encodePng } from '../../tools/demo/png.ts';
import { zipOf } from './project-zip.ts';
import { tone } from './tone-project.ts';

/** What a pupil can type, in the order of the board's program. */
export const LABELS = [
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
export const PER_LABEL = 2;

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

/** Pictures under these labels: the project `odd`. */
export const picturesZip = (): Promise<Buffer> =>
  projectZip('IMAGE_CLASSIFICATION', 'mobilenet-10', 'dataset', 'png', picture);

/** Clips under these labels: the project `odd`. */
export const clipsZip = (): Promise<Buffer> =>
  projectZip('VOICE_CLASSIFICATION', 'voice-cnn', 'dataset/sound', 'wav', (label, variant) =>
    tone(300 + 200 * label, variant, 0.5),
  );
