import type { IdeEvent } from '../demo/ide-client.ts';
import type { Bench } from './benchmark.ts';
import { type Measurement, round } from './measurement.ts';
import { listenMeanwhile, type RunningServer, withServer } from './running-server.ts';

// What one pupil waits for: the first answer of a new server, a conversion, the pause between two jobs.

const QUICK = { epochs: 1 };
const JOBS = 6;

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

/** Of the quick first model, beside its training, which steps back; not the first one that a server makes. */
export async function* oneConversion(bench: Bench): AsyncIterable<Measurement> {
  const { zip, data } = await bench.projects.sample('dog_cat');
  const values = await withServer(await bench.tempDir(), {}, async (server) => {
    await server.upload('one', zip);
    await server.warm();
    await server.train('one', {}, 'instant_model');
    const first = await secondsOfConversion(server, 'one');
    const later: number[] = [];
    while (later.length < bench.repeats) later.push(await secondsOfConversion(server, 'one'));
    return { first, later };
  });
  const details = { the_first: round(values.first) };
  yield { name: 'conversion_known_network', unit: 's', values: values.later, data, details, goal: 'median <= 4' };
}

async function secondsOfConversion({ ide }: RunningServer, project: string): Promise<number> {
  const begun = performance.now();
  const { result, reason } = await ide.convert(project);
  if (result !== 'OK') throw new Error(reason ?? result);
  return (performance.now() - begun) / 1000;
}

/**
 * From the last event of a job to the first one of the job that takes its place. Of sounds, of which several share a slot: a
 * training of photos has said that before.
 */
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
  const ends: number[] = [];
  let begun = 0;
  const isLast = (event: IdeEvent) => {
    if (event.event === 'train_end') ends.push(performance.now());
    if (event.event !== 'dataset_loading') return false;
    begun += 1;
    const endedAt = ends.shift();
    if (endedAt !== undefined) found.push((performance.now() - endedAt) / 1000);
    return begun === JOBS;
  };
  await listenMeanwhile(ide, isLast, async () => {
    for (let pupil = 0; pupil < JOBS; pupil += 1) {
      const { result, reason } = await ide.train(`pupil-${pupil}`, QUICK);
      if (result !== 'OK') throw new Error(reason ?? result);
    }
  });
  return found;
}
