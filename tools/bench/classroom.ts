import { setTimeout as pause } from 'node:timers/promises';
import type { IdeClient, IdeEvent } from '../demo/ide-client.ts';
import type { Bench, Benchmark } from './benchmark.ts';
import { classInTurns } from './class-slices.ts';
import { firstAfterStart, oneConversion, pausesBetweenJobs } from './job-starts.ts';
import { type Measurement, quantile, round } from './measurement.ts';
import { pingMeanwhile } from './ping-meanwhile.ts';
import { listenMeanwhile, type RunningServer, withServer } from './running-server.ts';

const PUPILS = 40;
/** All press Train within this time. */
const PRESSED_WITHIN_MS = 1_500;
const LIMIT_MS = 30 * 60_000;

/** A whole class presses Train: when has each pupil a first answer, when a model for the board, when the trained one? */
export const classroom: Benchmark = {
  about:
    'forty pupils press Train within two seconds: the last first answer (first), board-ready model (board); ' +
    'the first training after the start (start), one conversion of a first model (conversion), the pause between two jobs (pause); sounds (voice) and ' +
    'boxes (boxes), which are trained in turns',
  onRequest: true,
  async *run(bench) {
    const wants = (part: string) => bench.parts.length === 0 || bench.parts.includes(part);
    if (wants('start')) yield* firstAfterStart(bench);
    if (wants('conversion')) yield* oneConversion(bench);
    if (wants('pause')) yield* pausesBetweenJobs(bench);
    if (wants('voice')) yield* classInTurns(bench, 'voice');
    if (wants('boxes')) yield* classInTurns(bench, 'boxes');
    if (!wants('first') && !wants('board')) return;
    const sample = await bench.projects.sample('dog_cat');
    const zips = await bench.projects.forPupils(sample, PUPILS);
    const converts = wants('board');
    const lesson = await withServer(await bench.tempDir(), {}, async (server) => {
      for (const [pupil, zip] of zips.entries()) await server.upload(projectOf(pupil), zip);
      await server.warm();
      return giveLesson(server, converts);
    });
    yield* figures(lesson, await barePass(bench, sample.zip), `${PUPILS} times ${sample.data}, each with own photos`);
  },
};

interface Lesson {
  /** Seconds after the first Train, one for each pupil. */
  readonly firstAnswers: readonly number[];
  readonly boardReady: readonly number[];
  /** Milliseconds. */
  readonly pings: readonly number[];
}

async function giveLesson({ base, ide }: RunningServer, converts: boolean): Promise<Lesson> {
  const firstAnswers = new Map<string, number>();
  const { value: boardReady, pings } = await pingMeanwhile(base, async () => {
    let pressed = performance.now();
    const sincePressed = () => (performance.now() - pressed) / 1000;
    const isLast = (event: IdeEvent) => {
      if (event.event === 'instant_model') firstAnswers.set(String(event['job_id']), sincePressed());
      return firstAnswers.size === PUPILS;
    };
    const pressAll = async () => {
      pressed = performance.now();
      for (let pupil = 0; pupil < PUPILS; pupil += 1) {
        await pause(pressed + (pupil * PRESSED_WITHIN_MS) / PUPILS - performance.now());
        const { result, reason } = await ide.train(projectOf(pupil), {});
        if (result !== 'OK') throw new Error(reason ?? result);
      }
    };
    await listenMeanwhile(ide, isLast, pressAll, LIMIT_MS);
    return converts ? convertAll(ide, sincePressed) : [];
  });
  return { firstAnswers: [...firstAnswers.values()], boardReady, pings };
}

/** Every pupil asks for the model at once. */
function convertAll(ide: IdeClient, now: () => number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: PUPILS }, async (_, pupil) => {
      const { result, reason } = await ide.convert(projectOf(pupil));
      if (result !== 'OK') throw new Error(reason ?? result);
      return now();
    }),
  );
}

/** Seconds that the network alone takes for as many photos, by torch and as the server computes them. */
async function barePass(bench: Bench, zip: string): Promise<Readonly<Record<string, number>>> {
  const seconds: Record<string, number> = {};
  for await (const { name, values } of bench.python('bare_features.py', [zip, '--pupils', String(PUPILS)]))
    seconds[name] = values[0] ?? Number.NaN;
  return seconds;
}

function* figures(
  { firstAnswers, boardReady, pings }: Lesson,
  bare: Readonly<Record<string, number>>,
  data: string,
): Iterable<Measurement> {
  const last = (values: readonly number[]) => Math.max(...values);
  const sorted = firstAnswers.toSorted((a, b) => a - b);
  yield {
    name: 'class_last_first_answer',
    unit: 's',
    values: [last(firstAnswers)],
    data,
    goal: 'median <= 60',
    details: { half_of_them: round(quantile(sorted, 0.5)), first: round(sorted[0] ?? 0) },
    against: { what: 'the network alone, by torch', values: [bare['torch'] ?? Number.NaN] },
  };
  yield {
    name: 'class_last_first_answer_ratio',
    unit: 'times',
    values: [last(firstAnswers) / (bare['server'] ?? Number.NaN)],
    data: `${data}; against the network alone as the server computes it`,
    goal: 'median <= 3',
    details: { bare_s: bare['server'] },
  };
  if (boardReady.length > 0)
    yield { name: 'class_last_board_ready', unit: 's', values: [last(boardReady)], data, goal: 'median <= 300' };
  const times = pings.toSorted((a, b) => a - b);
  const details = { p50: round(quantile(times, 0.5)), p99: round(quantile(times, 0.99)) };
  yield { name: 'ping_beside_a_class', unit: 'ms', values: pings, data, goal: 'p99 <= 50', details };
}

const projectOf = (pupil: number) => `pupil-${pupil}`;
