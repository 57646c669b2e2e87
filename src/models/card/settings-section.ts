import { formatDuration } from '../../messages/format.ts';
import type { Language } from '../../messages/language.ts';
import type { CardSection, Say } from './schemas.ts';
import type { CardFacts } from './facts.ts';

// The section of a model card about when and with which settings the model was trained.

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', th: 'th-TH' };
/** Of the settings, by the names that Python gives them. */
const SHOWN = ['epochs', 'learning_rate', 'train_split', 'metric', 'save_method', 'early_stopping'] as const;

/** When and with what it was trained. */
export function settingsSection(
  { result, training, trainConfig }: CardFacts,
  say: Say,
  language: Language,
): CardSection {
  const { epoch, batch_size: batch, seconds, device } = training;
  const date = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeStyle: 'short' });
  const values: readonly (readonly [string, unknown])[] = [
    ['date', dateOf(result.finished_at, date)],
    ['network', result.model],
    ...SHOWN.map((name) => [name, trainConfig[name]] as const),
    ['epoch', epoch],
    ['batch_size', batch],
    ['seconds', seconds === undefined ? undefined : formatDuration(seconds, language)],
    ['device', device],
  ];
  return {
    title: say('settings'),
    lines: [],
    table: {
      head: [say('setting'), say('value')],
      rows: values.flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[say(`setting_${name}`), String(value)]] : [],
      ),
    },
  };
}

/** Undefined: nobody knows it, or the file that says it holds a number that is no time. */
function dateOf(seconds: number | null, format: Intl.DateTimeFormat): string | undefined {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : format.format(time);
}
