import type { Benchmark } from './benchmark.ts';
import { beside } from './beside.ts';
import { busy } from './busy.ts';
import { classroom } from './classroom.ts';
import { conversion } from './conversion.ts';
import { events } from './events.ts';
import { gpu } from './gpu.ts';
import { inference } from './inference.ts';
import { instant } from './instant.ts';
import { page } from './page.ts';
import type { SampleName } from './projects.ts';
import { start } from './start.ts';
import { truth } from './truth.ts';
import { upload } from './upload.ts';
import { folds } from './voice-folds.ts';
import { walk } from './walk.ts';

/** All benchmarks, in the order in which they run; `npm run bench -- NAME…` picks some. */
export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  start,
  upload,
  events,
  instant,
  epoch: script('epoch_classification.py', 'dog_cat', 'an epoch of ResNet-18 against its bare step and a plain loop'),
  boxes: script('epoch_detection.py', 'mouse_logo_detect', 'an epoch of slim YOLOv2 against its bare step'),
  voice: script('epoch_voice.py', 'voice_thai', 'an epoch of voice-cnn against its bare step'),
  gpu,
  conversion,
  inference,
  busy,
  beside,
  class: classroom,
  page,
  folds,
  walk,
  truth,
};

/** The benchmarks of `npm run bench:growth`. */
export const GROWTH: Readonly<Record<string, Benchmark>> = {
  photos: {
    about: 'time and memory of every stage for 100 to 5,000 photos of 2 to 50 labels',
    run: (bench) => bench.python('growth.py', []),
  },
  twenty: {
    about: '20,000 photos trained within 4 GB',
    run: (bench) => bench.python('growth.py', ['--twenty-thousand']),
  },
};

function script(file: string, sample: SampleName, about: string): Benchmark {
  return {
    about,
    async *run(bench) {
      const { zip, data } = await bench.projects.sample(sample);
      yield* bench.python(file, [zip, '--data', data, '--repeats', String(bench.repeats)]);
    },
  };
}
