import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { convert, ENVIRONMENT, PROJECT, trainedProject } from './converted.ts';
import { quantile, type Measurement } from './measurement.ts';
import { withServer, type RunningServer } from './running-server.ts';

const REQUESTS = 20;
/** Of a network whose trained weights are installed with the server. */
const LITE0 = 'lite0';

export const inference: Benchmark = {
  about: 'POST /inference_image once warm: the trained network, and the board twin beside it',
  async *run(bench) {
    const { projectsDir, data, photo } = await trainedProject(bench);
    const { zip } = await bench.projects.sample('dog_cat');
    const content = await readFile(photo);
    const found: Measurement[] = [];
    await withServer(projectsDir, ENVIRONMENT, async (server) => {
      await server.warm();
      if (!existsSync(join(projectsDir, PROJECT, 'output', 'model.zip'))) await convert(server);
      found.push(...(await askOften(server, content, PROJECT, `${data}, ResNet-18`)));
      await server.upload(LITE0, zip);
      await server.train(LITE0, { modelType: 'efficientnet-lite0', epochs: 1 }, 'train_end');
      await convert(server, LITE0);
      found.push(...(await askOften(server, content, LITE0, `${data}, EfficientNet-Lite0`)));
    });
    yield* found;
  },
};

async function askOften(server: RunningServer, photo: Buffer, project: string, data: string): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const [name, board, limit] of [
    ['inference_warm', '0', 100],
    ['inference_warm_with_board', '1', 60],
  ] as const) {
    const first = await ask(server, photo, board, project);
    const values: number[] = [];
    for (let n = 0; n < REQUESTS; n += 1) values.push(await ask(server, photo, board, project));
    const p95 = quantile(
      values.toSorted((a, b) => a - b),
      0.95,
    );
    found.push({
      name,
      unit: 'ms',
      values,
      data,
      goal: `median <= ${limit}`,
      details: { first_ms: Math.round(first), p95_ms: Math.round(p95) },
    });
  }
  return found;
}

/** Milliseconds until the answer is read. */
export async function ask(
  { base }: Pick<RunningServer, 'base'>,
  photo: Buffer,
  board: '0' | '1',
  project = PROJECT,
): Promise<number> {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg');
  form.append('project_id', project);
  form.append('type', 'classification');
  form.append('board', board);
  const begun = performance.now();
  const answer = await fetch(`${base}/inference_image`, { method: 'POST', body: form });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`inference answered ${answer.status}: ${text}`);
  return performance.now() - begun;
}
