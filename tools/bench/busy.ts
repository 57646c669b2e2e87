import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import { ENVIRONMENT, PROJECT, trainedProject } from './converted.ts';
import { ask } from './inference.ts';
import { quantile, round } from './measurement.ts';
import { pingMeanwhile } from './ping-meanwhile.ts';
import { type RunningServer, withServer } from './running-server.ts';

const SECONDS = 20;
const UPLOAD_EVERY_MS = 1_000;
const DOWNLOAD_EVERY_MS = 1_000;

export const busy: Benchmark = {
  about:
    '/ping while a project trains, somebody listens, others are uploaded and another one is downloaded and answers for photos',
  async *run(bench) {
    const { projectsDir, data, photo } = await trainedProject(bench);
    const { zip } = await bench.projects.sample('dog_cat');
    const content = await readFile(photo);
    const { pings, answers, uploads, downloads, events } = await withServer(projectsDir, ENVIRONMENT, (server) =>
      everythingAtOnce(server, zip, content),
    );
    const at = (values: readonly number[], share: number) =>
      round(
        quantile(
          values.toSorted((a, b) => a - b),
          share,
        ),
      );
    yield {
      name: 'ping_while_busy',
      unit: 'ms',
      values: pings,
      data: `${data}, ResNet-18, ${SECONDS} s`,
      goal: 'p99 <= 50',
      details: {
        p50: at(pings, 0.5),
        p99: at(pings, 0.99),
        beside: {
          inferences: answers.length,
          inference_p50_ms: at(answers, 0.5),
          uploads: uploads.length,
          upload_p50_ms: at(uploads, 0.5),
          downloads: downloads.length,
          events,
        },
      },
    };
  },
};

/** How long each answer took (ms) while all of this went on together, and how many events came. */
async function everythingAtOnce(server: RunningServer, zip: string, photo: Buffer) {
  const answers: number[] = [];
  const uploads: number[] = [];
  const downloads: number[] = [];
  let events = 0;
  await server.upload('training', zip);
  await ask(server, photo, '0');
  await server.train('training', { modelType: 'resnet18', epochs: 1000 }, 'epoch_start');
  const stream = new AbortController();
  const listening = (async () => {
    for await (const _ of server.ide.listen(stream.signal)) events += 1;
  })().catch(() => undefined);
  let running = true;
  const repeatedly = async (everyMs: number, values: number[], work: () => Promise<unknown>) => {
    while (running) {
      const begun = performance.now();
      await work();
      values.push(performance.now() - begun);
      await pause(Math.max(0, everyMs - (performance.now() - begun)));
    }
  };
  let number = 0;
  const work = [
    repeatedly(UPLOAD_EVERY_MS, uploads, () => server.upload(`upload-${(number += 1) % 5}`, zip)),
    repeatedly(DOWNLOAD_EVERY_MS, downloads, () => server.ide.output(PROJECT, 'model.pth')),
    repeatedly(100, answers, () => ask(server, photo, '0')),
  ];
  const { pings } = await pingMeanwhile(server.base, () => pause(SECONDS * 1000));
  running = false;
  await Promise.all(work);
  stream.abort();
  await listening;
  await server.ide.terminate('training');
  return { pings, answers, uploads, downloads, events };
}
