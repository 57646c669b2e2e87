import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';
import { identityOf } from '../files/open-file.ts';
import { readPlainFile } from '../files/own-json.ts';

// What the newest training and conversion found of each sample: output/samples.json and `findings` in report.json
// (docs/disk.md § output/). Python writes both; what cannot be read counts as not there.

export const Answer = Type.Object({ label: Type.String(), prob: Type.Number() });
export const Boxes = Type.Object({
  boxes: Type.Array(
    Type.Object({
      label: Type.String(),
      prob: Type.Number(),
      box: Type.Array(Type.Number(), { description: 'x1, y1, x2, y2 in pixels of the centre square of 224 × 224.' }),
    }),
  ),
});
const Said = Type.Union([Answer, Boxes]);

const SamplesFile = Type.Object({
  format: Type.Literal(1),
  labels: Type.Array(Type.String()),
  samples: Type.Array(
    Type.Object({
      file: Type.String(),
      label: Type.Optional(Type.String()),
      scene: Type.Integer(),
      held_back: Type.Boolean(),
      counted: Type.Optional(Type.String()),
      float: Type.Optional(Said),
      board: Type.Optional(Said),
    }),
  ),
});
export type TrainedSample = Static<typeof SamplesFile>['samples'][number];

const ReportedFinding = Type.Object({
  code: Type.String(),
  count: Type.Integer(),
  labels: Type.Optional(Type.Array(Type.String())),
  scenes: Type.Optional(Type.Integer()),
  files: Type.Array(
    Type.Object({
      file: Type.String(),
      suggestion: Type.Optional(Type.String()),
      pair: Type.Optional(Type.String()),
    }),
  ),
});
export type ReportedFinding = Static<typeof ReportedFinding>;

export interface TrainedSamples {
  readonly labels: readonly string[];
  readonly samples: readonly TrainedSample[];
  readonly byFile: ReadonlyMap<string, TrainedSample>;
  readonly byLabel: ReadonlyMap<string, LabelTally>;
}

/** What a training had of one label. */
export interface LabelTally {
  readonly samples: number;
  readonly scenes: number;
  readonly heldBack: number;
}

const SAMPLES_FILE = 'samples.json';

/** Undefined where there is no model, or one of an older server. */
export async function readTrainedSamples(folder: string): Promise<TrainedSamples | undefined> {
  const value = await readJson(join(folder, SAMPLES_FILE));
  if (!Check(SamplesFile, value)) return undefined;
  return {
    labels: value.labels,
    samples: value.samples,
    byFile: new Map(value.samples.map((sample) => [sample.file, sample])),
    byLabel: tallies(value.samples),
  };
}

function tallies(samples: readonly TrainedSample[]): ReadonlyMap<string, LabelTally> {
  const found = new Map<string, { samples: number; heldBack: number; readonly scenes: Set<number> }>();
  for (const { label, scene, held_back: heldBack } of samples) {
    if (label === undefined) continue;
    const own = found.get(label) ?? { samples: 0, heldBack: 0, scenes: new Set<number>() };
    own.samples += 1;
    own.heldBack += heldBack ? 1 : 0;
    own.scenes.add(scene);
    found.set(label, own);
  }
  return new Map([...found].map(([label, own]) => [label, { ...own, scenes: own.scenes.size }]));
}

/** What the training found wrong with samples; a finding that cannot be read is left out. */
export async function readReportedFindings(folder: string): Promise<ReportedFinding[]> {
  const report = await readJson(join(folder, 'report.json'));
  const findings = fieldOf(fieldOf(report, 'training'), 'findings');
  return Array.isArray(findings)
    ? findings.filter((one: unknown): one is ReportedFinding => Check(ReportedFinding, one))
    : [];
}

/** The bytes of both files. */
export async function trainedVersion(folder: string): Promise<string> {
  const versions = await Promise.all([SAMPLES_FILE, 'report.json'].map((name) => identityOf(join(folder, name))));
  return versions.join(' ');
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readPlainFile(path)) as unknown;
  } catch {
    return undefined;
  }
}
