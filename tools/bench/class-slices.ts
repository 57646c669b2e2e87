import type { IdeEvent } from '../demo/ide-client.ts';
import type { Bench } from './benchmark.ts';
import { type Measurement, quantile, round } from './measurement.ts';
import type { SampleName } from './projects.ts';
import { listenMeanwhile, type RunningServer, withServer } from './running-server.ts';

// A class trains what has no quick first model: in turns, so how long until the last one has a model that can be used?

interface Lesson {
  readonly sample: SampleName;
  readonly pupils: number;
  /** So many others are measured alone, one after the other. */
  readonly alone: number;
  /** A model can be used if this figure of an epoch is at least so large, in percent. */
  readonly figure: string;
  readonly least: number;
}

const LIMIT_MS = 60 * 60_000;

export const SLICED = {
  voice: { sample: 'voice_thai', pupils: 40, alone: 7, figure: 'val_acc', least: 90 },
  // Forty would take three quarters of an hour.
  boxes: { sample: 'mouse_logo_detect', pupils: 6, alone: 1, figure: 'mAP', least: 90 },
} as const satisfies Record<string, Lesson>;

/** Of these pupils, when has the last one a model that can be used, in proportion to one pupil alone? */
export async function* classInTurns(bench: Bench, name: keyof typeof SLICED): AsyncIterable<Measurement> {
  const lesson: Lesson = SLICED[name];
  const { zip, data } = await bench.projects.sample(lesson.sample);
  const { alone, together } = await withServer(await bench.tempDir(), {}, async (server) => {
    const pupils = Array.from({ length: lesson.pupils + lesson.alone }, (_, pupil) => pupil);
    for (const pupil of pupils) await server.upload(projectOf(pupil), zip);
    const alone: number[] = [];
    for (const pupil of pupils.slice(lesson.pupils)) {
      await server.warm();
      alone.push(...(await trainAll(server, lesson, [pupil])).usable);
      await server.ide.terminate(projectOf(pupil));
    }
    return {
      alone: quantile(
        alone.toSorted((a, b) => a - b),
        0.5,
      ),
      together: await trainAll(server, lesson, pupils.slice(0, lesson.pupils)),
    };
  });
  const last = Math.max(...together.usable);
  yield {
    name: `class_last_usable_${name}`,
    unit: 'times',
    values: [last / (lesson.pupils * alone)],
    data: `${lesson.pupils} times ${data}, usable with ${lesson.figure} from ${lesson.least} %; against as many times one pupil alone`,
    goal: 'median <= 1',
    details: { last_s: round(last), alone_s: round(alone), begun_out_of_order: inversions(together.begun) },
  };
}

/** Seconds after the first Train until each pupil has a usable model; pupils in the order in which they began. */
async function trainAll(
  { ide }: RunningServer,
  { figure, least }: Lesson,
  pupils: readonly number[],
): Promise<{ usable: readonly number[]; begun: readonly number[] }> {
  const usable = new Map<string, number>();
  const begun: string[] = [];
  let pressed = performance.now();
  const isLast = (event: IdeEvent) => {
    const project = String(event['project_id']);
    if (event.event === 'dataset_loading' && !begun.includes(project)) begun.push(project);
    if (event.event !== 'epoch_end') return false;
    const values = event['matric'] as Readonly<Record<string, number>>;
    if ((values[figure] ?? 0) >= least && !usable.has(project))
      usable.set(project, (performance.now() - pressed) / 1000);
    return usable.size === pupils.length;
  };
  const pressAll = async () => {
    pressed = performance.now();
    for (const pupil of pupils) {
      const { result, reason } = await ide.train(projectOf(pupil), {});
      if (result !== 'OK') throw new Error(reason ?? result);
    }
  };
  await listenMeanwhile(ide, isLast, pressAll, LIMIT_MS);
  return {
    usable: [...usable.values()],
    begun: begun.map((project) => pupils.findIndex((pupil) => project === projectOf(pupil))),
  };
}

/** How many pairs are in the wrong order. */
function inversions(order: readonly number[]): number {
  return order.flatMap((one, at) => order.slice(at + 1).filter((later) => later < one)).length;
}

const projectOf = (pupil: number) => `pupil-${pupil}`;
