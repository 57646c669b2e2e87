import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../demo/server-process.ts';
import type { Benchmark } from './benchmark.ts';
import { convert, ENVIRONMENT, photoFolder, PROJECT, trainedProject } from './converted.ts';
import { withServer } from './running-server.ts';

const PHOTOS = 24;
const PREPROCESSING = ['--m=127.5,127.5,127.5', '--n=0.0078125,0.0078125,0.0078125', '--size=224,224', '-c'];

interface Conversion {
  readonly seconds: Readonly<Record<string, number>>;
  readonly agreement: number;
}

export const conversion: Benchmark = {
  about: 'ResNet-18 to the int8 model with 24 photos and the report; calibrate alone; the twin per photo',
  async *run(bench) {
    const { projectsDir, data } = await trainedProject(bench);
    const output = join(projectsDir, PROJECT, 'output');
    const wall: number[] = [];
    let stages: Conversion = { seconds: {}, agreement: 0 };
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      await withServer(projectsDir, ENVIRONMENT, async (server) => {
        await server.warm();
        const begun = performance.now();
        await convert(server);
        wall.push((performance.now() - begun) / 1000);
      });
      stages = (JSON.parse(await readFile(join(output, 'report.json'), 'utf8')) as { conversion: Conversion })
        .conversion;
    }
    const about = `${data}, ResNet-18 from random weights, ${PHOTOS} calibration photos`;
    const details = { stages_s: stages.seconds, agreement: stages.agreement };
    yield { name: 'conversion_resnet18', unit: 's', values: wall, data: about, goal: 'median <= 12', details };

    const photos = await photoFolder(bench, projectsDir, PHOTOS);
    const seconds: number[] = [];
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) seconds.push(await calibrate(output, photos));
    yield {
      name: 'calibrate_resnet18',
      unit: 's',
      values: seconds,
      data: about,
      goal: 'median <= 3.3',
      details: { command: 'spnntools calibrate, as a process of its own' },
    };
    yield* bench.python('twin.py', [output, photos, '--data', about, '--repeats', String(bench.repeats)]);
  },
};

async function calibrate(output: string, photos: string): Promise<number> {
  const model = (name: string) => join(output, name);
  const args = [
    'calibrate',
    `-p=${model('model_opt.param')}`,
    `-b=${model('model_opt.bin')}`,
    `-i=${photos}`,
    `-o=${join(photos, '..', 'table')}`,
  ];
  const begun = performance.now();
  const tool = spawn(join(ROOT, 'tools', 'spnntools'), [...args, ...PREPROCESSING], { stdio: 'ignore' });
  const [code] = (await once(tool, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`spnntools calibrate ended with code ${String(code)}`);
  return (performance.now() - begun) / 1000;
}
