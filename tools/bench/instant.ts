import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Benchmark } from './benchmark.ts';
import type { Measurement } from './measurement.ts';
import { withServer, type TrainTimes } from './running-server.ts';

const PROJECT = 'bench';
const CONFIG = { modelType: 'efficientnet-lite0', epochs: 1 };
const ADDED = 10;

/** A new server each time, because nobody outside can see when a second waiting child is ready. */
export const instant: Benchmark = {
  about: 'seconds to the quick first model, and to the first epoch',
  async *run(bench) {
    const sample = await bench.projects.sample('mouse_logo_classify');
    const more = await bench.projects.withMore(sample, ADDED);
    const cold: TrainTimes[] = [];
    const warm: TrainTimes[] = [];
    const added: TrainTimes[] = [];
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      const dir = await bench.tempDir();
      const start = (zip: string, isWarm: boolean) =>
        withServer(dir, {}, async (server) => {
          await server.upload(PROJECT, zip);
          if (isWarm) await server.warm();
          const times = await server.train(PROJECT, CONFIG, 'epoch_start');
          await server.ide.terminate(PROJECT);
          return times;
        });
      cold.push(await start(sample.zip, false));
      await rm(join(dir, PROJECT, 'cache'), { recursive: true });
      warm.push(await start(sample.zip, true));
      added.push(await start(more.zip, true));
    }
    const last = added.at(-1)?.events.find(({ event }) => event === 'instant_model');
    if (last?.['computed'] !== ADDED)
      throw new Error(`${String(last?.['computed'])} features were computed after ${ADDED} photos were added`);
    yield seconds('instant_model_warm', warm, 'instant_model', sample.data, 'median <= 5', answer(warm));
    yield seconds('instant_model_cold', cold, 'instant_model', sample.data, 'median <= 10');
    yield seconds('instant_model_ten_added', added, 'instant_model', more.data, undefined, {
      computed: last['computed'],
      cached: last['cached'],
      job_line_s: added.map(({ at }) => at['dataset_loading']),
      first_epoch_s: added.map(({ at }) => at['epoch_start']),
    });
    yield* bench.python('instant_parts.py', [sample.zip, '--data', sample.data, '--repeats', String(bench.repeats)]);
    yield* withoutFeatures(bench);
  },
};

/** Boxes have no feature step: nothing is left out of this one. */
async function* withoutFeatures(bench: Bench): AsyncIterable<Measurement> {
  const { zip, data } = await bench.projects.sample('mouse_logo_detect');
  const dir = await bench.tempDir();
  const times: TrainTimes[] = [];
  for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
    times.push(
      await withServer(dir, {}, async (server) => {
        await server.upload(PROJECT, zip);
        await server.warm();
        const found = await server.train(PROJECT, {}, 'epoch_start');
        await server.ide.terminate(PROJECT);
        return found;
      }),
    );
  }
  yield seconds('first_epoch_boxes_warm', times, 'epoch_start', data, 'median <= 0.5', {
    job_line_s: times.map(({ at }) => at['dataset_loading']),
  });
}

function seconds(
  name: string,
  times: readonly TrainTimes[],
  event: string,
  data: string,
  goal?: string,
  details?: object,
): Measurement {
  const values = times.map(({ at }) => at[event] ?? Number.NaN);
  return { name, unit: 's', values, data, ...(goal ? { goal } : {}), ...(details ? { details: { ...details } } : {}) };
}

function answer(times: readonly TrainTimes[]): object {
  const event = times.at(-1)?.events.find((candidate) => candidate.event === 'instant_model');
  return { accuracy: event?.['accuracy'], cross_validation: event?.['cross_validation'] };
}
