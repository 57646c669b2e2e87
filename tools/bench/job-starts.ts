import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './benchmark.ts';
import type { Measurement } from './measurement.ts';
import { type RunningServer, withServer } from './running-server.ts';

// What a class waits for that is no work: a process, and the pause between two jobs.

const QUICK = { epochs: 1 };
const JOBS = 4;
const LIMIT_MS = 15 * 60_000;

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

async function pausesOf(server: RunningServer): Promise<number[]> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const found: number[] = [];
  const reading = (async () => {
    let endedAt: number | undefined;
    for await (const event of server.ide.listen(limit)) {
      if (event.event === 'error') throw new Error(`a job failed: ${event.msg ?? ''}`);
      if (event.event === 'dataset_loading' && endedAt !== undefined) {
        found.push((performance.now() - endedAt) / 1000);
        endedAt = undefined;
      }
      if (event.event === 'train_end') endedAt = performance.now();
      if (found.length === JOBS - 1) return found;
    }
    throw new Error(`the stream ended after ${found.length} pauses`);
  })();
  reading.catch(() => undefined); // it is awaited later
  await pause(100); // the stream is open before a job can say anything
  for (let pupil = 0; pupil < JOBS; pupil += 1) {
    const { result, reason } = await server.ide.train(`pupil-${pupil}`, QUICK);
    if (result !== 'OK') throw new Error(reason ?? result);
  }
  return reading;
}
