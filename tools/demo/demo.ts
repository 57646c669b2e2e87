import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdeClient, type IdeClient, type IdeEvent } from './ide-client.ts';
import { makeSampleProject } from './sample-project.ts';
import { ROOT, startServer } from './server-process.ts';

const PROJECTS = join(ROOT, 'demo-projects');
const TRAIN_LIMIT_MS = 15 * 60_000;

/** Take a generated project the whole way over HTTP, exactly as the IDE does. Returns the exit code. */
export async function demo(): Promise<number> {
  const language = /^th/i.test(process.env['LANG'] ?? '') ? 'th' : 'en';
  const { base, stop } = await startServer(PROJECTS);
  const streams = new AbortController();
  try {
    await walk(createIdeClient(base, language), streams.signal);
    return 0;
  } catch (error) {
    console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    streams.abort();
    await stop();
  }
}

async function walk(ide: IdeClient, signal: AbortSignal): Promise<void> {
  const project = await makeSampleProject('demo', 24, 3);
  const seconds: [string, number][] = [];
  const timed = async <T>(part: string, work: Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work;
    seconds.push([part, (performance.now() - start) / 1000]);
    return result;
  };

  const { device, backend } = await ide.ping();
  console.log(`The server answers (${device}, torch ${backend}).`);
  const events = follow(ide, signal);
  console.log(`Uploading ${project.photos} generated pictures (${(project.zip.length / 1e6).toFixed(1)} MB) …`);
  expectResult(await timed('upload', ide.upload(project.id, project.zip)), 'success');
  const trained = events.ending('train_end');
  expectResult(await ide.train(project.id, {}), 'OK');
  const end = await timed('train', trained);
  expectResult(await timed('convert', ide.convert(project.id)), 'OK');
  const files = ['model_int8.param', 'model_int8.bin'];
  const sizes = await timed(
    'download',
    Promise.all(files.map(async (file) => [file, (await ide.output(project.id, file)).length] as const)),
  );
  const zip = await ide.download(project.id);

  const output = join(PROJECTS, project.id, 'output');
  const report = JSON.parse(await readFile(join(output, 'report.json'), 'utf8')) as Report;
  const conversion = report.conversion;
  console.log(`\nThe model lies in ${output}`);
  for (const [file, size] of [...sizes, ['model.zip', zip.length] as const])
    console.log(`  ${file.padEnd(18)} ${(size / 1e6).toFixed(2)} MB`);
  console.log(`Network       ${String(end['model'])}`);
  console.log(`Accuracy      ${percent(conversion.accuracy_float)} on the held-back pictures`);
  console.log(`On the board  ${percent(conversion.accuracy_board)} (board twin, int8)`);
  console.log(`Agreement     ${percent(conversion.agreement)} of the answers are the same`);
  console.log(`Seconds       ${seconds.map(([part, s]) => `${part} ${s.toFixed(1)}`).join(' · ')}`);
}

interface Report {
  readonly conversion: { readonly accuracy_float: number; readonly accuracy_board: number; readonly agreement: number };
}

/** Print every message of the stream and let a step wait for the event that ends it. */
function follow(ide: IdeClient, signal: AbortSignal): { ending(event: string): Promise<IdeEvent> } {
  const waiting = new Map<string, { resolve: (event: IdeEvent) => void; reject: (error: Error) => void }>();
  const failAll = (error: Error): void => waiting.forEach(({ reject }) => reject(error));
  void (async () => {
    for await (const event of ide.listen(signal)) {
      if (event.event === 'epoch_end')
        console.log(
          `  epoch ${String(event['epoch'])}/${String(event['max_epoch'])}  ${JSON.stringify(event['matric'])}`,
        );
      else if (event.msg) console.log(`  ${event.msg}`);
      if (event.event === 'error') failAll(new Error(event.msg ?? 'the job failed'));
      waiting.get(event.event)?.resolve(event);
    }
    failAll(new Error('the event stream ended'));
  })().catch((error: unknown) => failAll(error instanceof Error ? error : new Error(String(error))));

  return {
    ending: (event) => {
      const limit = AbortSignal.timeout(TRAIN_LIMIT_MS);
      return new Promise((resolve, reject) => {
        waiting.set(event, { resolve, reject });
        limit.addEventListener('abort', () =>
          reject(new Error(`${event} did not come within ${TRAIN_LIMIT_MS / 60_000} minutes`)),
        );
      });
    },
  };
}

function expectResult(answer: { result: string; reason?: string }, wanted: string): void {
  if (answer.result !== wanted) throw new Error(answer.reason ?? `the server answered ${JSON.stringify(answer)}`);
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}
