import { DEFAULT_BOARD, defaultNetwork } from '../boards.ts';
import { invalidRequest, settingUnknown } from '../errors.ts';
import { CONFIG_LIMITS, inWords } from '../http/json-limits.ts';
import { tooMuchIn } from './nesting.ts';
import type { ProjectType, TrainConfig } from './project.ts';

// Reads the settings of a training. Only what is no setting at all is refused here. The training checks the ranges
// (python/mai/config.py): it changes a value out of its range to the nearest one in it, and says so in a notice.

const DEFAULT_MODEL: Readonly<Record<ProjectType, string>> = {
  IMAGE_CLASSIFICATION: 'resnet18',
  OBJECT_DETECTION: 'slim_yolo_v2',
  VOICE_CLASSIFICATION: 'voice-cnn',
};

const DEFAULT_NUMBERS = {
  epochs: 30,
  batch_size: 32,
  learning_rate: 0.001,
  train_split: 80,
  objectThreshold: 0.5,
  iouThreshold: 0.5,
};

/** The network of a training that asks for none. */
export function networkAsDefault(type: ProjectType, board: string): string {
  return defaultNetwork(board, type) ?? DEFAULT_MODEL[type];
}

/** `config` over the defaults of the project's type and board. */
export function withDefaults(type: ProjectType, config: TrainConfig, board = DEFAULT_BOARD): TrainConfig {
  const defaults = {
    modelType: networkAsDefault(type, board),
    ...DEFAULT_NUMBERS,
    validateMatrix: type === 'OBJECT_DETECTION' ? 'mAP' : 'val_accuracy',
    saveMethod: 'best',
  };
  return mergeTrainConfig(defaults, config);
}

/** Field by field; what a client leaves empty is not a wish. */
export function mergeTrainConfig(base: TrainConfig, over: TrainConfig): TrainConfig {
  const given = Object.entries(over).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...base, ...Object.fromEntries(given.map(([name, value]) => [name, finite(value)])) };
}

/** JSON reads 1e400 as Infinity and writes Infinity as null: the training would take the default without a word. */
function finite(value: unknown): unknown {
  return value === Infinity || value === -Infinity ? Math.sign(value) * Number.MAX_VALUE : value;
}

/** Throws an AppError that names what no training could make sense of. */
export function checkTrainConfig(config: TrainConfig): void {
  const tooMuch = tooMuchIn(config, CONFIG_LIMITS);
  if (tooMuch !== undefined)
    throw invalidRequest(
      `train_config cannot be used: ${inWords(tooMuch, CONFIG_LIMITS)}`,
      tooMuch === 'values' ? 413 : 400,
    );
  for (const name of ['modelType', 'code'] as const) {
    const value = config[name];
    if (value !== undefined && typeof value !== 'string')
      throw settingUnknown(name, short(value), 'the values that the IDE offers');
  }
}

function short(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 40);
}
