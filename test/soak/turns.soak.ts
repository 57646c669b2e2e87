import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { ROOT } from '../../tools/demo/server-process.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { STEP_MS } from '../helpers/real-server.ts';
import { compareWeights } from '../helpers/same-weights.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';
import { until } from '../helpers/until.ts';

const TONES = { low: 300, middle: 1000, high: 2600 };
const EPOCHS = 8;
const CORES = availableParallelism();
/** The first one has the whole slot, as nobody waits when it starts. The others share it, with one thread each. */
const PROJECTS = ['p', ...['q', 'r', 's', 't'].slice(0, CORES)];
const REAL = { python: loadConfig({}).python, pythonDir: join(ROOT, 'python'), slots: 1 };
/** A turn is over after an epoch or two: starting a process takes far longer. */
const SHORT = { slices: { leastS: 0.5, costs: 0 }, yieldMinFreeBytes: 0 };

test('a server killed while trainings take turns ends with the weights of one that trained them one by one', async () => {
  const zips = new Map<string, Buffer>();
  for (const project of PROJECTS) zips.set(project, await makeToneProject(project, TONES, 6));
  const press = async (server: ServerProcess, project: string, address: string): Promise<string> => {
    const client = server.from(address);
    const uploaded = await client.uploadZip(project, zips.get(project) ?? Buffer.alloc(0));
    assert.equal(uploaded.status, 200, JSON.stringify(uploaded.body));
    const settings = { modelType: 'voice-cnn', epochs: EPOCHS };
    return String((await client.post('/train', { project, train_config: settings })).body['job_id']);
  };

  /** The weights of one that trains alone, on one of so many slots. */
  const weightsAlone = async (slots: number) => {
    const calm = await tempDir();
    const quiet = await startServerProcess(calm, markedEnvironment().environment, { ...REAL, slots });
    await press(quiet, 'p', '127.0.0.2');
    await completed(quiet, 'p');
    assert.equal(await quiet.end('SIGTERM'), 0);
    return modelOf(calm, 'p');
  };
  const [whole, oneThread] = [await weightsAlone(1), await weightsAlone(CORES)];

  const stormy = await tempDir();
  const { mark, environment } = markedEnvironment();
  let server = await startServerProcess(stormy, environment, REAL, SHORT);
  const ids = new Map<string, string>();
  for (const [index, project] of PROJECTS.entries())
    ids.set(project, await press(server, project, `127.0.0.${index + 2}`));
  const logOf = (project: string) => jobLog(stormy, project, ids.get(project) ?? '');
  // While the second has its turn and the first waits for the next one, and while that has it.
  for (const [project, epoch] of [
    ['q', 1],
    ['p', 4],
  ] as const) {
    await until(() => (epochsIn(logOf(project)).at(-1) ?? 0) >= epoch, STEP_MS, `epoch ${epoch} of ${project}`);
    await server.end('SIGKILL');
    // One that is just importing notices the end of its server afterwards.
    await until(() => processesWith(mark).length === 0, STEP_MS, 'the end of the children');
    server = await startServerProcess(stormy, environment, REAL, SHORT);
  }
  for (const project of PROJECTS) {
    await completed(server, project);
    const log = logOf(project);
    assert.deepEqual(
      epochsIn(log),
      Array.from({ length: EPOCHS }, (_, n) => n + 1),
    );
    assert.equal(log.filter(({ event }) => event === 'initial').length, 1);
    assert.ok(
      log.some(({ code }) => code === 'yielded'),
      `${project} left a turn`,
    );
    assert.equal(compareWeights(project === 'p' ? whole : oneThread, modelOf(stormy, project)), 'same', project);
  }
  assert.equal(await server.end('SIGTERM'), 0);
  const turns = PROJECTS.map((project) => logOf(project).filter(({ code }) => code === 'yielded').length);
  console.log(JSON.stringify({ name: 'turns', kills: 2, epochs: EPOCHS, turns, weights: 'same', curve: 'whole' }));
});

const modelOf = (folder: string, project: string) => join(folder, project, 'output', 'model.pth');

async function completed(server: ServerProcess, project: string): Promise<void> {
  const jobs = () => server.jobs();
  const ended = await until(
    async () => (await jobs()).find((job) => job.project_id === project && job.finished_at !== undefined),
    STEP_MS,
    `the end of ${project}`,
  );
  assert.equal(ended.state, 'completed', JSON.stringify(ended));
}
