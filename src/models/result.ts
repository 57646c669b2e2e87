import { type Static, Type } from 'typebox';
import { join } from 'node:path';
import { BOARDS } from '../boards.ts';
import { identityOf } from '../files/open-file.ts';
import { readPlainFile } from '../files/own-json.ts';
import { readOrigin } from '../projects/origin.ts';

// What is said of a finished model, from its report.json. A report of an older version may lack any of it.

const figure = (description?: string) => Type.Union([Type.Number(), Type.Null()], description ? { description } : {});
const text = (description?: string) => Type.Union([Type.String(), Type.Null()], description ? { description } : {});

export const BoardResult = Type.Object(
  {
    value: figure('Accuracy, or mAP@0.5, of the int8 network in percent.'),
    agreement: figure('Percent of the samples for which board and network say the same.'),
    same: figure(),
    compared: figure(),
    expect_least: figure('Expected for 100 new samples: for at least this many both say the same …'),
    expect_most: figure('… and at most this many.'),
    frames_per_second: figure('Estimated.'),
    frames_at_least: figure(),
    frames_at_most: figure(),
    ms_at_least: figure('Estimated milliseconds of the network for one sample, camera and program not counted …'),
    ms_at_most: figure('… where it is said instead of frames.'),
    id: text('The board that it was made for.'),
    name: text('Of that board, as people know it.'),
  },
  { description: 'What is known of the int8 network on the board.' },
);

export const Result = Type.Object(
  {
    job_id: text('The training that made it.'),
    finished_at: figure('Seconds since the epoch.'),
    model: text(),
    metric: text(),
    value: figure('In percent, but for a loss.'),
    right: figure(
      'Samples held back that are answered right; with boxes, photos in which everything is found and nothing else.',
    ),
    checked: figure('Samples held back.'),
    expect_least: figure('Expected for 100 new samples: at least this many right …'),
    expect_most: figure('… and at most this many.'),
    uneven: Type.Boolean({ description: 'The range holds if every label has the same number.' }),
    same_answer: text('The one label that the model says for every sample held back.'),
    suspects: Type.Integer({ description: 'Photos that may have the wrong label, as the training found them.' }),
    converted: Type.Boolean(),
    board: Type.Union([BoardResult, Type.Null()]),
  },
  { description: 'A finished model.' },
);
export type Result = Static<typeof Result>;

/** A point of a training's curve: its epoch and whatever was measured in it. */
export type CurvePoint = Readonly<Record<string, number>> & { readonly epoch: number };

export interface ModelReport {
  readonly result: Result;
  readonly curve: readonly CurvePoint[];
  /** The settings that it was trained with, named as the training names them. */
  readonly trainConfig: Fields;
  readonly labels: readonly string[];
  /** Samples that it learnt from. */
  readonly learnt: number | null;
  /** The board that it was converted for, if it was. */
  readonly board: string | undefined;
  /** Bytes of the files that the conversion wrote, by name. */
  readonly files: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

/** With fewer samples held back, one answer for all of them may be chance. */
const SAME_ANSWER_AT_LEAST = 4;
const ATTEMPTS = 3;
const REPORT_FILE = 'report.json';

/** Names the bytes of a model's report; undefined: there is none. */
export function reportVersion(folder: string): Promise<string | undefined> {
  return identityOf(join(folder, REPORT_FILE));
}

/** report.json as it stands in the folder of a model, with the training that made the model. */
export interface RawReport {
  readonly report: Fields;
  readonly jobId: string | undefined;
  readonly finishedAt: number | undefined;
}

/** What is said of the model in a folder; undefined where there is none that can be read. */
export async function readModelReport(folder: string): Promise<ModelReport | undefined> {
  const raw = await readRawReport(folder);
  return raw && reportOf(raw.report, raw.jobId, raw.finishedAt);
}

export async function readRawReport(folder: string): Promise<RawReport | undefined> {
  const path = join(folder, REPORT_FILE);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await reportVersion(folder);
    if (before === undefined) return undefined;
    const [text, origin] = await Promise.all([
      readPlainFile(path).catch(() => ''),
      readOrigin(folder).catch(() => undefined),
    ]);
    // Another model may have come between the two files.
    if ((await reportVersion(folder)) === before)
      return { report: parse(text), jobId: origin?.jobId, finishedAt: origin?.finishedAt };
  }
  return undefined;
}

/** The report of a model that is no longer kept. */
export async function readOldReport(
  path: string,
  jobId: string,
  finishedAt: number | undefined,
): Promise<ModelReport | undefined> {
  const text = await readPlainFile(path).catch(() => undefined);
  return text === undefined ? undefined : reportOf(parse(text), jobId, finishedAt);
}

/** The report of a model as the training and the conversion wrote it. */
export function reportOf(report: Fields, jobId: string | undefined, finishedAt: number | undefined): ModelReport {
  const training = fieldsOf(report['training']);
  const conversion = report['conversion'] === undefined ? undefined : fieldsOf(report['conversion']);
  return {
    result: {
      job_id: jobId ?? null,
      finished_at: finishedAt ?? null,
      model: textOf(training['model']),
      metric: textOf(training['metric']),
      value: numberOf(training['value']),
      right: numberOf(training['right'] ?? training['photos_right']),
      checked: numberOf(training['checked'] ?? training['photos_checked']),
      expect_least: numberOf(training['expect_least']),
      expect_most: numberOf(training['expect_most']),
      uneven: training['uneven'] === true,
      same_answer: sameAnswer(training),
      suspects: suspectsIn(training),
      converted: conversion !== undefined,
      board: conversion === undefined ? null : boardResult(conversion),
    },
    curve: curveOf(training['curves']),
    trainConfig: fieldsOf(training['train_config']),
    labels: Array.isArray(training['labels']) ? training['labels'].filter((label) => typeof label === 'string') : [],
    learnt: numberOf(training['train_samples']),
    board: textOf(conversion?.['board']) ?? undefined,
    files: fieldsOf(conversion?.['files']),
  };
}

function boardResult(conversion: Fields): Static<typeof BoardResult> {
  const compared = fieldsOf(conversion['compared_after'] ?? conversion['compared']);
  const rate = fieldsOf(conversion['frame_rate']);
  const time = fieldsOf(conversion['milliseconds']);
  const board = textOf(conversion['board']);
  return {
    value: numberOf(conversion['accuracy_board']),
    agreement: numberOf(conversion['agreement']),
    same: numberOf(compared['same']),
    compared: numberOf(compared['compared']),
    expect_least: numberOf(compared['expect_least']),
    expect_most: numberOf(compared['expect_most']),
    frames_per_second: numberOf(rate['frames_per_second']),
    frames_at_least: numberOf(rate['at_least']),
    frames_at_most: numberOf(rate['at_most']),
    ms_at_least: numberOf(time['at_least']),
    ms_at_most: numberOf(time['at_most']),
    id: board,
    name: board === null ? null : (BOARDS.get(board)?.name ?? board),
  };
}

function suspectsIn(training: Fields): number {
  const { suspects } = fieldsOf(training['instant']);
  return Array.isArray(suspects) ? suspects.length : 0;
}

/** The confusion matrix has one row a label and one column an answer. */
function sameAnswer(training: Fields): string | null {
  const [table, labels] = [training['confusion'], training['labels']];
  if (!Array.isArray(table) || !Array.isArray(labels) || training['photos_checked'] !== undefined) return null;
  const given = labels.map((_, column) =>
    table.reduce<number>((sum, row: unknown) => sum + (Array.isArray(row) ? (numberOf(row[column]) ?? 0) : 0), 0),
  );
  const said = given.flatMap((count, column) => (count > 0 ? [column] : []));
  const checked = given.reduce((sum, count) => sum + count, 0);
  const [only] = said;
  return said.length === 1 && only !== undefined && checked >= SAME_ANSWER_AT_LEAST ? textOf(labels[only]) : null;
}

function curveOf(curves: unknown): CurvePoint[] {
  if (!Array.isArray(curves)) return [];
  return curves.flatMap((point: unknown) => {
    const numbers = Object.entries(fieldsOf(point)).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    const fields = Object.fromEntries(numbers);
    return fields['epoch'] === undefined ? [] : [{ ...fields, epoch: fields['epoch'] }];
  });
}

function parse(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
