import yazl from 'yazl';
import { buffer } from 'node:stream/consumers';
import { encodePng } from './png.ts';

export interface SampleProject {
  readonly id: string;
  readonly photos: number;
  readonly zip: Buffer;
}

const WIDTH = 240;
const HEIGHT = 180;
const LABELS = ['circle', 'square', 'triangle'] as const;
type Label = (typeof LABELS)[number];

/** A project as the IDE would send it, with generated pictures: one coloured shape on a noisy background. */
export async function makeSampleProject(id: string, photosPerLabel: number, epochs: number): Promise<SampleProject> {
  const random = seededRandom(20_261_123);
  const zip = new yazl.ZipFile();
  const data: object[] = [];
  for (const label of LABELS) {
    for (let n = 0; n < photosPerLabel; n += 1) {
      const name = `${label}-${n}`;
      zip.addBuffer(encodePng(WIDTH, HEIGHT, draw(label, random)), `dataset/${label}/${name}.png`);
      data.push({ id: name, ext: 'png', class: label, annotate: [], width: WIDTH, height: HEIGHT });
    }
  }
  zip.addBuffer(
    Buffer.from(JSON.stringify({ project: id, datasetType: 'IMAGE_CLASSIFICATION', data })),
    'dataset.json',
  );
  zip.addBuffer(Buffer.from(JSON.stringify(projectJson(id, epochs))), 'project.json');
  zip.end();
  return { id, photos: photosPerLabel * LABELS.length, zip: await buffer(zip.outputStream) };
}

function projectJson(id: string, epochs: number): object {
  return {
    id,
    name: 'Shapes',
    projectType: 'IMAGE_CLASSIFICATION',
    labels: LABELS.map((label) => ({ label })),
    currentBoard: { id: 'kidbright-mai', name: 'KidBright uAI' },
    trainConfig: {
      modelType: 'resnet18',
      epochs,
      batch_size: 32,
      learning_rate: 0.001,
      train_split: 80,
      validateMatrix: 'val_accuracy',
      saveMethod: 'best',
    },
  };
}

function draw(label: Label, random: () => number): Uint8Array {
  const background = [0, 1, 2].map(() => 30 + random() * 200);
  const ink = background.map((value) => (value + 90 + random() * 80) % 256);
  const radius = 32 + random() * 36;
  const centreX = WIDTH / 2 + (random() - 0.5) * 50;
  const centreY = HEIGHT / 2 + (random() - 0.5) * 30;
  const angle = random() * 0.6 - 0.3;
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [u, v] = turn((x - centreX) / radius, (y - centreY) / radius, angle);
      const colour = isInside(label, u, v) ? ink : background;
      const noise = (random() - 0.5) * 40;
      for (let c = 0; c < 3; c += 1)
        rgb[(y * WIDTH + x) * 3 + c] = Math.max(0, Math.min(255, (colour[c] ?? 0) + noise));
    }
  }
  return rgb;
}

function turn(x: number, y: number, angle: number): [number, number] {
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
}

/** Shapes of about equal area around the origin, so that size alone does not give the answer away. */
function isInside(label: Label, u: number, v: number): boolean {
  switch (label) {
    case 'circle':
      return u * u + v * v < 1;
    case 'square':
      return Math.abs(u) < 0.89 && Math.abs(v) < 0.89;
    case 'triangle':
      return v < 0.78 && v > Math.abs(u) * 1.73 - 1.56;
  }
}

/** mulberry32, a public-domain 32-bit generator: the same pictures on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
