import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edit } from '../projects/edits.ts';
import type { StoredOrigin } from '../projects/origin.ts';
import type { Language } from '../messages/language.ts';
import type { ProjectPaths } from '../projects/paths.ts';
import type { Project, ProjectRef } from '../projects/project.ts';
import { ifThere } from '../files/if-there.ts';
import { editAnswer } from './edit-answer.ts';
import { type Edited, editedSamples } from './edited.ts';
import { findingsOf } from './findings.ts';
import { type Sample, sampleIdOf } from './sample.ts';
import type { SampleIndex } from './sample-index.ts';
import type { AnswersAnswer, Finding, SamplesAnswer } from './schemas.ts';
import { createTrainedReader, type Trained } from './trained-reader.ts';
import type { TrainedSample, TrainedSamples } from './trained-samples.ts';

export interface SampleViewOptions {
  readonly index: SampleIndex;
  readonly paths: (ref: ProjectRef) => ProjectPaths;
  /** What was changed of the newest upload. */
  readonly editsOf: (ref: ProjectRef) => Promise<readonly Edit[]>;
  /** When the training was accepted; undefined: nobody knows it any more. */
  readonly createdAtOf: (ref: ProjectRef, jobId: string) => number | undefined;
}

export interface SampleWish {
  readonly label: string | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly language: Language;
}

/** What can be said of the samples of a project. */
export interface SampleViews {
  samples(project: Project, wish: SampleWish): Promise<SamplesAnswer>;
  answers(project: Project): Promise<AnswersAnswer>;
}

/** Samples that a finding names. */
const MAX_NAMED = 100;

export function createSampleViews({ index, paths, editsOf, createdAtOf }: SampleViewOptions): SampleViews {
  const trainedOf = createTrainedReader(paths);
  return {
    async samples(project, { label, offset, limit, language }) {
      const [list, trained, edits] = await Promise.all([
        index.of(project),
        trainedOf(project.ref),
        editsOf(project.ref),
      ]);
      const { found, reported, origin } = trained;
      const edited = editedSamples(list, edits);
      const byFile = found?.byFile ?? new Map<string, TrainedSample>();
      const wanted = list.samples.filter((one) => label === undefined || labelNow(one, edited, byFile) === label);
      const { counts, fileOf } = edited;
      const findings = findingsOf({ counts, reported, trained: found?.samples ?? [], fileOf }, language);
      const codes = codesOf(findings);
      const page = wanted.slice(offset, offset + limit);
      return {
        project_id: project.ref.id,
        type: project.type,
        labels: project.labels.map((name) => countsOf(name, edited, found)),
        total: wanted.length,
        offset,
        samples: await Promise.all(
          page.map(async (one) => {
            const sample = edited.trainedOf(one, byFile);
            const edit = edited.editOf(one);
            return {
              id: one.id,
              file: one.file,
              label: labelNow(one, edited, byFile) ?? null,
              bytes: await sizeOf(join(paths(project.ref).root, ...one.file.split('/'))),
              scene: sample?.scene ?? null,
              held_back: sample?.held_back ?? null,
              findings: codes.get(one.id) ?? [],
              edit: edit === undefined ? null : editAnswer(edit),
            };
          }),
        ),
        findings: findings.map((finding) => ({ ...finding, samples: finding.samples.slice(0, MAX_NAMED) })),
        trained: found === undefined ? null : originOf(origin, project, createdAtOf),
      };
    },

    async answers(project) {
      const { ref } = project;
      const [list, trained, edits] = await Promise.all([index.of(project), trainedOf(ref), editsOf(ref)]);
      return answersIn(ref, trained, editedSamples(list, edits));
    },
  };
}

function answersIn(ref: ProjectRef, { found, origin }: Trained, { originOf: fileBefore }: Edited): AnswersAnswer {
  const said = (found?.samples ?? []).filter((one) => one.float !== undefined || one.board !== undefined);
  return {
    project_id: ref.id,
    job_id: origin?.jobId ?? null,
    labels: [...(found?.labels ?? [])],
    converted: said.some(({ board }) => board !== undefined),
    answers: said.map(({ file, label, held_back, counted, float, board }) => ({
      id: sampleIdOf(fileBefore(file)),
      file,
      label: label ?? null,
      held_back,
      counted: counted ?? null,
      float: float ?? null,
      board: board ?? null,
      changed: float === undefined || board === undefined ? null : differ(float, board),
    })),
  };
}

/** For a photo with boxes it is the label that the training saw drawn most often. */
function labelNow(sample: Sample, edited: Edited, byFile: ReadonlyMap<string, TrainedSample>): string | undefined {
  if (edited.editOf(sample) !== undefined) return edited.labelOf(sample);
  return sample.label ?? byFile.get(sample.file)?.label;
}

function codesOf(findings: readonly Finding[]): ReadonlyMap<string, string[]> {
  const codes = new Map<string, string[]>();
  for (const { code, samples } of findings)
    for (const { id } of samples) codes.set(id, [...(codes.get(id) ?? []), code]);
  return codes;
}

function countsOf(label: string, { counts, leftOut }: Edited, found: TrainedSamples | undefined) {
  const own = found && (found.byLabel.get(label) ?? { samples: 0, scenes: 0, heldBack: 0 });
  return {
    label,
    samples: counts === undefined ? (own?.samples ?? null) : (counts.get(label) ?? 0),
    left_out: leftOut.get(label) ?? 0,
    scenes: own?.scenes ?? null,
    held_back: own?.heldBack ?? null,
  };
}

function originOf(
  origin: StoredOrigin | undefined,
  { ref, uploadedAt }: Project,
  createdAtOf: SampleViewOptions['createdAtOf'],
) {
  const createdAt = origin && createdAtOf(ref, origin.jobId);
  return {
    job_id: origin?.jobId ?? null,
    finished_at: origin?.finishedAt ?? null,
    same_upload: createdAt !== undefined && createdAt >= uploadedAt,
  };
}

/** Of boxes only their labels are compared here; the conversion compares their places too. */
function differ(float: NonNullable<TrainedSample['float']>, board: NonNullable<TrainedSample['board']>): boolean {
  return labelsIn(float) !== labelsIn(board);
}

function labelsIn(said: NonNullable<TrainedSample['float']>): string {
  return 'boxes' in said
    ? said.boxes
        .map(({ label }) => label)
        .sort()
        .join('\n')
    : said.label;
}

async function sizeOf(path: string): Promise<number> {
  return (await ifThere(stat(path), undefined))?.size ?? 0;
}
