import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdeClient } from '../demo/ide-client.ts';
import { startServer } from '../demo/server-process.ts';

// One project the whole way by HTTP, as the IDE does it; prints one JSON line.
//   node --import tsx tools/bench/whole-way.ts PROJECT.zip PROJECTS_DIR '{"modelType":"resnet18","epochs":2}' [MAI_MISSING_WEIGHTS]

const [zipFile = '', projectsDir = '', config = '{}', missingWeights = 'substitute'] = process.argv.slice(2);
const server = await startServer(projectsDir, { MAI_MISSING_WEIGHTS: missingWeights });
const ide = createIdeClient(server.base);
const streams = new AbortController();
const seconds: Record<string, number> = {};
let start = performance.now();
const lap = (part: string): void => {
  seconds[part] = Math.round((performance.now() - start) / 100) / 10;
  start = performance.now();
};

const trained = (async () => {
  for await (const event of ide.listen(streams.signal)) {
    if (event.event === 'instant_model') seconds['instant'] = Math.round((performance.now() - start) / 100) / 10;
    if (event.event === 'train_end') return event;
    if (event.event === 'error') throw new Error(event.msg);
  }
  throw new Error('the stream ended');
})();
await ide.upload('way', await readFile(zipFile));
lap('upload');
await ide.train('way', JSON.parse(config) as object);
const end = await trained;
lap('train');
const converted = await ide.convert('way');
lap('convert');
const report = JSON.parse(await readFile(join(projectsDir, 'way', 'output', 'report.json'), 'utf8')) as { conversion: Record<string, unknown> };
const { agreement, accuracy_float, accuracy_board, measure, method, methods, held_back } = report.conversion;
console.log(JSON.stringify({
  project: zipFile.split('/').pop(), config, missingWeights, converted: converted.result, model: end['model'], metric: end['metric'], value: end['value'],
  kept_epoch: end['epoch'], seconds, conversion: { agreement, accuracy_float, accuracy_board, measure, method, methods, held_back },
}));
streams.abort();
await server.stop();
