import type { IdeEvent } from '../demo/ide-client.ts';
import type { Bench } from './benchmark.ts';
import type { Measurement } from './measurement.ts';
import { listenMeanwhile, type RunningServer, withServer } from './running-server.ts';

// What a class waits for that is no work: a process, and the pause between two jobs.

const QUICK = { epochs: 1 };
const JOBS = 4;

/** A server has just started, and has no process ready. */
export async function* firstAfterStart(bench: Bench): AsyncIterable<Measurement> {
  const { zip, data } = await bench.projects.sample('dog_cat');
  const values: number[] = [];
  for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
    const { at } = await withServer(await bench.tempDir(), {}, async (server) => {
      await server.upload('first', zip);
      return server.train('first', QUICK, 'instant_model');
    });
    values.push(at['instant_model'] ?? Number.NaN);
  }
  yield { name: 'first_answer_after_start', unit: 's', values, data, goal: 'median <= 5' };
}

/** From the last event of a job to the first one of the next. Of sounds: a training of photos has said that before. */
export async function* pausesBetweenJobs(bench: Bench): AsyncIterable<Measurement> {
  const sample = await bench.projects.sample('voice_thai');
  const values = await withServer(await bench.tempDir(), {}, async (server) => {
    for (let pupil = 0; pupil < JOBS; pupil += 1) await server.upload(`pupil-${pupil}`, sample.zip);
    await server.warm();
    return pausesOf(server);
  });
  yield { name: 'pause_between_jobs', unit: 's', values, data: `${JOBS} times ${sample.data}`, goal: 'median <= 0.3' };
}

async function pausesOf({ ide }: RunningServer): Promise<number[]> {
  const found: number[] = [];
  let endedAt: number | undefined;
  const isLast = (event: IdeEvent) => {
    if (event.event === 'dataset_loading' && endedAt !== undefined) {
      found.push((performance.now() - endedAt) / 1000);
      endedAt = undefined;
    }
    if (event.event === 'train_end') endedAt = performance.now();
    return found.length === JOBS - 1;
  };
  await listenMeanwhile(ide, isLast, async () => {
    for (let pupil = 0; pupil < JOBS; pupil += 1) {
      const { result, reason } = await ide.train(`pupil-${pupil}`, QUICK);
      if (result !== 'OK') throw new Error(reason ?? result);
    }
  });
  return found;
}
