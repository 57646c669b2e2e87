import { invalidRequest, settingOutOfRange, settingUnknown } from '../errors.ts';
import { MAX_DEPTH, objectsIn } from './nesting.ts';
import type { ProjectType, TrainConfig } from './project.ts';

// Defaults and limits of python/mai/config.py: checked here too, so that a wrong value is
// refused when Train is pressed and not after the computer has loaded the photos.

const SAVE_METHODS = ['best', 'last', 'best_one_of_third', 'best_one_of_half'];

const DEFAULT_MODEL: Readonly<Record<ProjectType, string>> = {
  IMAGE_CLASSIFICATION: 'resnet18',
  OBJECT_DETECTION: 'slim_yolo_v2',
  VOICE_CLASSIFICATION: 'voice-cnn',
};

const NUMBERS = [
  { name: 'epochs', fallback: 30, low: 1, high: 1000, whole: true },
  { name: 'batch_size', fallback: 32, low: 1, high: 512, whole: true },
  { name: 'learning_rate', fallback: 0.001, low: 1e-7, high: 1, whole: false },
  { name: 'train_split', fallback: 80, low: 1, high: 99, whole: true },
  { name: 'objectThreshold', fallback: 0.5, low: 0, high: 1, whole: false },
  { name: 'iouThreshold', fallback: 0.5, low: 0, high: 1, whole: false },
] as const;

/** Offered, and off where a project does not ask for it. */
const EARLY_STOPPING = { name: 'earlyStopping', low: 0, high: 1000, whole: true } as const;

/** What both languages read as a number: no hexadecimals (JavaScript's), no underscores (Python's). */
const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** `config` over the defaults of the project's type. */
export function withDefaults(type: ProjectType, config: TrainConfig): TrainConfig {
  const numbers = NUMBERS.map(({ name, fallback }) => [name, fallback] as const);
  const defaults = {
    modelType: DEFAULT_MODEL[type],
    ...Object.fromEntries(numbers),
    validateMatrix: type === 'OBJECT_DETECTION' ? 'mAP' : 'val_accuracy',
    saveMethod: 'best',
  };
  return mergeTrainConfig(defaults, config);
}

/** Field by field; what a client leaves empty is not a wish. */
export function mergeTrainConfig(base: TrainConfig, over: TrainConfig): TrainConfig {
  const given = Object.entries(over).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...base, ...Object.fromEntries(given) };
}

/** Throws an AppError that names the setting, its value and the limits. */
export function checkTrainConfig(config: TrainConfig): void {
  for (const { depth } of objectsIn(config)) if (depth > MAX_DEPTH) throw invalidRequest(`train_config is nested deeper than ${MAX_DEPTH} levels`);
  for (const { name, low, high, whole } of [...NUMBERS, ...(config[EARLY_STOPPING.name] === undefined ? [] : [EARLY_STOPPING])]) {
    const value = config[name];
    const number = typeof value === 'number' || (typeof value === 'string' && DECIMAL.test(value)) ? Number(value) : Number.NaN;
    if (number >= low && number <= high && (!whole || Number.isInteger(number))) continue;
    throw settingOutOfRange(name, short(value), low, high, whole);
  }
  for (const name of ['modelType', 'validateMatrix', 'saveMethod', 'code'] as const) {
    const value = config[name];
    if (value !== undefined && typeof value !== 'string') throw settingUnknown(name, short(value), 'the values that the IDE offers');
  }
  const method = String(config['saveMethod']);
  if (!SAVE_METHODS.includes(method)) throw settingUnknown('saveMethod', short(method), SAVE_METHODS.join(', '));
}

function short(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 40);
}
