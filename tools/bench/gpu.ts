import type { Benchmark } from './benchmark.ts';
import { hardware } from './hardware.ts';

/** The scripts of the processor's epochs on the GPU; `pytest -m gpu` runs the first of them too. */
export const gpu: Benchmark = {
  about: 'the same epochs on an NVIDIA GPU, where there is one',
  async *run(bench) {
    if (hardware().gpu === null) {
      console.error('gpu: there is no NVIDIA GPU here, nothing is measured');
      return;
    }
    for (const [file, sample] of [
      ['epoch_classification.py', 'dog_cat'],
      ['epoch_detection.py', 'mouse_logo_detect'],
      ['epoch_voice.py', 'voice_thai'],
    ] as const) {
      const { zip, data } = await bench.projects.sample(sample);
      for await (const found of bench.python(file, [
        zip,
        '--data',
        data,
        '--repeats',
        String(bench.repeats),
        '--device',
        'cuda',
      ]))
        yield { ...found, name: `gpu_${found.name}` };
    }
  },
};
