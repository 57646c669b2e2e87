import { say } from '../core/language.ts';
import type { TextKey } from '../core/text-key.ts';
import { type Difference, differencesOf, type Model } from './compare.ts';

// What stands beside each other of two trainings, in words.

export interface Row {
  readonly name: string;
  readonly values: readonly [string, string];
}

export function rowsOf(first: Model, second: Model): Row[] {
  const row = (name: TextKey, textOf: (model: Model) => string | undefined): Row => ({
    name: say(name),
    values: [textOf(first) ?? '–', textOf(second) ?? '–'],
  });
  return [
    row('compare.right', ({ result }) => counted(result?.right, result?.checked)),
    row('earlier.expect', ({ result }) => range(result?.expect_least, result?.expect_most)),
    row('compare.board', ({ result }) => counted(result?.board?.same, result?.board?.compared)),
    row('compare.learnt', ({ learnt }) => learnt?.toString()),
    row('compare.labels', ({ labels }) => labels.join(', ') || undefined),
    row('compare.network', ({ result }) => result?.model ?? undefined),
    row('compare.size', ({ board_bytes: bytes }) =>
      bytes === null ? undefined : say('compare.megabytes', { size: Math.max(0.1, Math.round(bytes / 1e5) / 10) }),
    ),
    ...(differencesOf(first, second) ?? []).map(settingRow),
  ];
}

const SETTINGS: ReadonlyMap<string, TextKey> = new Map<string, TextKey>([
  ['model_type', 'setting.model_type'],
  ['epochs', 'setting.epochs'],
  ['batch_size', 'setting.batch_size'],
  ['learning_rate', 'setting.learning_rate'],
  ['train_split', 'setting.train_split'],
  ['early_stopping', 'setting.early_stopping'],
  ['code', 'setting.code'],
]);

function settingRow({ name, values: [one, other] }: Difference): Row {
  const known = SETTINGS.get(name);
  return { name: known === undefined ? name : say(known), values: [settingText(one), settingText(other)] };
}

/** The blocks of a network of one's own are long, and say nothing as text. */
function settingText(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'object' || String(value).length > 60) return say('compare.own');
  return String(value);
}

export function settingsLine(differences: Difference[] | undefined): string {
  if (differences === undefined) return say('compare.settings_unknown');
  return say(differences.length === 0 ? 'compare.settings_same' : 'compare.settings_differ', {
    count: differences.length,
  });
}

function counted(part: number | null | undefined, all: number | null | undefined): string | undefined {
  return part == null || all == null ? undefined : say('compare.of', { part, all });
}

function range(least: number | null | undefined, most: number | null | undefined): string | undefined {
  return least == null || most == null ? undefined : say('earlier.range', { least, most });
}
