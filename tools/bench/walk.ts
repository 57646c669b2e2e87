import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import type { SampleName } from './projects.ts';
import { withServer } from './running-server.ts';

interface Way {
  readonly name: string;
  readonly sample: SampleName;
  readonly config: object;
  readonly weights?: 'random';
}

/** Unless a row says otherwise, the settings are those of the project itself. */
const WAYS: readonly Way[] = [
  { name: 'dog_cat_efficientnet', sample: 'dog_cat', config: { modelType: 'efficientnet-lite0' } },
  { name: 'dog_cat_default', sample: 'dog_cat', config: {} },
  {
    name: 'dog_cat_resnet18_random',
    sample: 'dog_cat',
    config: { modelType: 'resnet18', epochs: 2 },
    weights: 'random',
  },
  { name: 'mouse_logo_efficientnet', sample: 'mouse_logo_classify', config: { modelType: 'efficientnet-lite0' } },
  { name: 'mouse_logo_default', sample: 'mouse_logo_classify', config: {} },
  {
    name: 'mouse_logo_resnet18_random',
    sample: 'mouse_logo_classify',
    config: { modelType: 'resnet18', epochs: 2 },
    weights: 'random',
  },
  {
    name: 'dog_cat_resnet18_trained',
    sample: 'dog_cat',
    config: { modelType: 'resnet18', epochs: 30 },
    weights: 'random',
  },
  {
    name: 'mouse_logo_resnet18_trained',
    sample: 'mouse_logo_classify',
    config: { modelType: 'resnet18', epochs: 15 },
    weights: 'random',
  },
  {
    name: 'dog_cat_mobilenet',
    sample: 'dog_cat',
    config: { modelType: 'mobilenet-50', epochs: 30 },
    weights: 'random',
  },
  { name: 'mouse_logo_boxes', sample: 'mouse_logo_detect', config: {} },
  { name: 'voice_thai', sample: 'voice_thai', config: {} },
];

interface Report {
  readonly training: {
    readonly model: string;
    readonly weights: string;
    readonly value: number;
    readonly metric: string;
    readonly epoch: number;
  };
  readonly conversion: Readonly<Record<string, unknown>>;
}

export const walk: Benchmark = {
  about: 'the whole way by HTTP with real settings: seconds, accuracy, agreement (half an hour)',
  onRequest: true,
  async *run(bench) {
    for (const { name, sample, config, weights } of WAYS) {
      const { zip, data } = await bench.projects.sample(sample);
      const dir = await bench.tempDir();
      const { instant, train, convert } = await withServer(
        dir,
        weights ? { MAI_MISSING_WEIGHTS: weights } : {},
        async (server) => {
          await server.warm();
          await server.upload('walk', zip);
          const { at } = await server.train('walk', config, 'train_end');
          const begun = performance.now();
          const { result, reason } = await server.ide.convert('walk');
          if (result !== 'OK') throw new Error(reason ?? result);
          return {
            instant: at['instant_model'],
            train: at['train_end'] ?? Number.NaN,
            convert: (performance.now() - begun) / 1000,
          };
        },
      );
      const report = JSON.parse(await readFile(join(dir, 'walk', 'output', 'report.json'), 'utf8')) as Report;
      const { model, weights: begun, value, metric, epoch } = report.training;
      const { agreement, accuracy_float, accuracy_board, method, methods, held_back } = report.conversion;
      const details = {
        instant_s: instant,
        convert_s: convert,
        model,
        weights: begun,
        metric,
        value,
        epoch,
        agreement,
        accuracy_float,
        accuracy_board,
        held_back,
        method,
        methods,
      };
      yield { name: `walk_${name}`, unit: 's', values: [train], data, details };
    }
  },
};
