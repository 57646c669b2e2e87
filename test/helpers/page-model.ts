// What Python would have written for the shapes of tools/demo/sample-project.ts, eight of each, five of them held back.

const LABELS = ['circle', 'square', 'triangle'];
const counted = { uneven: false, expect_least: 66, expect_most: 96 };
const fileOf = (label: string, index: number) => `dataset/${label}/${label}-${index}.png`;

/** `square-3` is taken for a circle, `triangle-4` for a square; the board takes `triangle-7` for a square. */
const TAKEN: Readonly<Record<string, string>> = { 'square-3': 'circle', 'triangle-4': 'square' };
const TAKEN_BY_BOARD: Readonly<Record<string, string>> = { ...TAKEN, 'triangle-7': 'square' };

export const REPORT = {
  training: {
    model: 'resnet18',
    metric: 'val_accuracy',
    value: 86.7,
    labels: LABELS,
    weights: 'imagenet',
    train_samples: 9,
    val_samples: 15,
    samples_per_label: Object.fromEntries(LABELS.map((label) => [label, { train: 3, validation: 5 }])),
    scenes: { scenes: 22, held_back: 14, twins: 1 },
    train_config: { model_type: 'resnet18', epochs: 5, batch_size: 32, learning_rate: 0.001, train_split: 80 },
    epoch: 5,
    right: 13,
    checked: 15,
    ...counted,
    confusion: [
      [5, 0, 0],
      [1, 4, 0],
      [0, 1, 4],
    ],
    curves: [1, 2, 3, 4, 5].map((epoch) => ({
      epoch,
      train_loss: 1 / epoch,
      val_loss: 1.2 / epoch,
      val_acc: 40 + 10 * epoch,
    })),
    instant: { suspects: [{ file: fileOf('square', 3), label: 'square', suggestion: 'circle' }] },
    findings: [
      { code: 'mislabelled', count: 1, files: [{ file: fileOf('square', 3), suggestion: 'circle' }] },
      {
        code: 'near_duplicates',
        count: 2,
        scenes: 22,
        files: [0, 1].map((index) => ({ file: fileOf('circle', index), pair: fileOf('circle', index + 2) })),
      },
    ],
  },
  conversion: {
    labels: LABELS,
    agreement: 95.8,
    accuracy_float: 86.7,
    accuracy_board: 80,
    compared: { same: 23, compared: 24, expect_least: 79, expect_most: 100 },
    checked: { float: { right: 13, checked: 15, ...counted }, board: { right: 12, checked: 15, ...counted } },
    changed: [
      {
        file: fileOf('triangle', 7),
        label: 'triangle',
        float: { prediction: 'triangle', prob: 0.52 },
        board: { prediction: 'square', prob: 0.49 },
      },
    ],
    frame_rate: { frames_per_second: 16, at_least: 14, at_most: 18 },
    cpu_layers: [],
    files: { 'model_int8.bin': 11_300_000, 'model_int8.param': 9_000, 'model.pth': 44_000_000 },
  },
};

export const SAMPLES = {
  format: 1,
  labels: LABELS,
  samples: LABELS.flatMap((label) => Array.from({ length: 8 }, (_, index) => sampleOf(label, index))),
};

function sampleOf(label: string, index: number) {
  const name = `${label}-${index}`;
  const isHeldBack = index >= 3;
  const float = { label: TAKEN[name] ?? label, prob: 0.93 - index / 20 };
  return {
    file: fileOf(label, index),
    label,
    scene: LABELS.indexOf(label) * 8 + index,
    held_back: isHeldBack,
    ...(isHeldBack && { counted: float.label }),
    float,
    board: { label: TAKEN_BY_BOARD[name] ?? label, prob: float.prob - 0.04 },
  };
}

/** A model that says "Cat" for every sample held back. */
export const SAME_REPORT = {
  training: {
    model: 'resnet18',
    metric: 'val_accuracy',
    value: 50,
    labels: ['Cat', 'Dog'],
    right: 4,
    checked: 8,
    uneven: false,
    expect_least: 20,
    expect_most: 80,
    confusion: [
      [4, 0],
      [4, 0],
    ],
    curves: [{ epoch: 1, train_loss: 1, val_acc: 51 }],
  },
};
