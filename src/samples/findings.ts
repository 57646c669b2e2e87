import type { Language } from '../messages/language.ts';
import { sentenceOf } from '../messages/sentence.ts';
import type { Finding } from './schemas.ts';
import { sampleIdOf } from './sample.ts';
import type { ReportedFinding, TrainedSample } from './trained-samples.ts';

// What is odd in a data set, as cards of a page. Findings that need the photos themselves come from the training.

/** As the training's own sentence says: "20 or more is better". */
const ENOUGH = 20;
/** A label with this many times the samples of another makes the data set unbalanced; python/mai/train/engine/uneven.py has the same rule. */
const MUCH = 4;

const ACTIONS: Readonly<Record<string, Finding['action']>> = {
  mislabelled: 'move',
  two_labels: 'leave_out',
  near_duplicates: 'leave_out',
  black: 'leave_out',
  dark: 'leave_out',
  blurred: 'leave_out',
  unreadable: 'leave_out',
  heic: 'leave_out',
  too_large: 'leave_out',
  too_few: 'collect',
  unbalanced: 'collect',
  few_scenes: 'collect',
  one_scene: 'collect',
};
/** In the order in which mending them helps most. */
export const FINDING_CODES: readonly string[] = Object.keys(ACTIONS);

interface Fact {
  readonly code: string;
  readonly count: number;
  readonly samples: Finding['samples'];
  readonly labels?: readonly string[];
  readonly params?: Readonly<Record<string, string | number>>;
}

export interface FindingSources {
  /** How many samples there are of each label; undefined for boxes. */
  readonly counts: ReadonlyMap<string, number> | undefined;
  readonly reported: readonly ReportedFinding[];
  readonly trained: readonly TrainedSample[];
  /** The sample's file now, by the name that it was trained with; undefined: it is gone, or was changed since. */
  fileOf(name: string): string | undefined;
}

export function findingsOf(sources: FindingSources, language: Language): Finding[] {
  const facts = [
    ...ofCounts(sources.counts ?? new Map()),
    ...ofScenes(sources),
    ...sources.reported.flatMap((finding) => ofReport(finding, sources)),
  ];
  const rank = ({ code }: Fact) => FINDING_CODES.indexOf(code);
  return facts
    .filter((fact) => rank(fact) >= 0)
    .sort((a, b) => rank(a) - rank(b))
    .map((fact) => inWords(fact, language));
}

function ofCounts(counts: ReadonlyMap<string, number>): Fact[] {
  const few = [...counts].filter(([, count]) => count < ENOUGH);
  const most = Math.max(0, ...counts.values());
  const [largest = ''] = [...counts].find(([, count]) => count === most) ?? [];
  const small = [...counts].filter(([, count]) => count > 0 && count * MUCH <= most);
  return [
    ...few.map(([label, count]) => ({
      code: 'too_few',
      count,
      samples: [],
      labels: [label],
      params: { label, needed: ENOUGH },
    })),
    ...(small.length === 0
      ? []
      : [
          {
            code: 'unbalanced',
            count: small.length,
            samples: [],
            labels: small.map(([label]) => label),
            params: { label: largest, most, few: small.map(([label, count]) => `${label} (${count})`).join(', ') },
          },
        ]),
  ];
}

/** Photos that show what an earlier one shows too. */
function ofScenes({ trained, fileOf }: FindingSources): Fact[] {
  const first = new Map<number, string>();
  const again: Finding['samples'] = [];
  for (const sample of trained) {
    const file = fileOf(sample.file);
    if (file === undefined) continue;
    const before = first.get(sample.scene);
    if (before === undefined) first.set(sample.scene, file);
    else again.push({ id: sampleIdOf(file), file, pair: sampleIdOf(before) });
  }
  return again.length === 0
    ? []
    : [{ code: 'near_duplicates', count: again.length, samples: again, params: { scenes: first.size } }];
}

function ofReport({ code, count, labels, scenes, files }: ReportedFinding, { fileOf }: FindingSources): Fact[] {
  const samples = files.flatMap(({ file: name, suggestion, pair }) => {
    const file = fileOf(name);
    if (file === undefined) return [];
    return {
      id: sampleIdOf(file),
      file,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(pair === undefined ? {} : { pair: sampleIdOf(fileOf(pair) ?? pair) }),
    };
  });
  // Whoever has left out all of them has mended it.
  if (files.length > 0 && samples.length === 0) return [];
  const gone = files.length - samples.length;
  const names = labels === undefined ? {} : { labels, params: { names: labels.join(', '), scenes: scenes ?? 0 } };
  return [{ code, count: count - gone, samples, ...names }];
}

function inWords({ code, count, samples, labels, params }: Fact, language: Language): Finding {
  return {
    code,
    msg: sentenceOf(`finding_${code}`, { count, ...params }, language),
    count,
    samples,
    ...(labels === undefined ? {} : { labels: [...labels] }),
    action: ACTIONS[code] ?? 'none',
  };
}
