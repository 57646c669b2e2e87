import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT, startServer, type ServerProcess } from '../../tools/demo/server-process.ts';
import { jobClient } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject } from '../helpers/tone-project.ts';
import { until } from '../helpers/until.ts';

const LIMIT_MS = 5 * 60_000;
const TONES = { low: 300, middle: 1000, high: 2600 };
const PYTHON = join(ROOT, '.venv', 'bin', 'python');
const SAME_WEIGHTS = `
import sys, torch
a, b = (torch.load(path, weights_only=True)["state_dict"] for path in sys.argv[1:])
assert a.keys() == b.keys()
different = [key for key in a if not torch.equal(a[key], b[key])]
print("same" if not different else "different: " + ", ".join(different))
`;

test('a server killed while it trains and while it converts ends with the weights of one that was left alone', async () => {
  const config = { epochs: 12, modelType: 'voice-cnn' };
  const zip = await makeToneProject('p', TONES, 12);
  const calm = await tempDir();
  const quiet = await startServer(calm);
  await trainTo(quiet, zip, config, 'completed');
  await quiet.stop();

  const stormy = await tempDir();
  let server = await startServer(stormy);
  await trainTo(server, zip, config, 'active');
  for (const epoch of [2, 5, 9]) {
    await until(async () => ((await newest(server))['epoch'] as number | undefined ?? 0) >= epoch, LIMIT_MS, `epoch ${epoch}`);
    server = await killAndRestart(server, stormy);
  }
  await until(async () => (await newest(server))['state'] === 'completed', LIMIT_MS, 'the end of the training');
  const model = (folder: string): string => join(folder, 'p', 'output', 'model.pth');
  assert.equal(execFileSync(PYTHON, ['-c', SAME_WEIGHTS, model(calm), model(stormy)], { encoding: 'utf8' }).trim(), 'same');

  void jobClient(server.base).get('/convert?project_id=p').catch(() => undefined);
  await until(async () => (await newest(server))['state'] === 'active', LIMIT_MS, 'the conversion');
  server = await killAndRestart(server, stormy);
  assert.ok(existsSync(model(stormy)) , 'the trained model is still there');
  await until(async () => (await newest(server))['state'] === 'completed', LIMIT_MS, 'the end of the conversion');
  assert.ok(existsSync(join(stormy, 'p', 'output', 'model_cpu.npz')));
  await server.stop();
});

async function trainTo(server: ServerProcess, zip: Buffer, config: object, state: string): Promise<void> {
  const client = jobClient(server.base);
  assert.equal((await client.uploadZip('p', zip)).status, 200);
  assert.equal((await client.post('/train', { project: 'p', train_config: config })).status, 200);
  await until(async () => (await newest(server))['state'] === state, LIMIT_MS, `a training that is ${state}`);
}

async function newest(server: ServerProcess): Promise<Readonly<Record<string, unknown>>> {
  const [job] = await jobClient(server.base).jobs();
  return { ...job };
}

/** kill -9 of the server alone: its children must find out by themselves. */
async function killAndRestart(server: ServerProcess, folder: string): Promise<ServerProcess> {
  const children = spawnSync('pgrep', ['-P', String(server.process.pid)], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  assert.ok(children.length > 0, 'the server had children');
  server.process.kill('SIGKILL');
  await once(server.process, 'exit');
  await until(() => children.every((pid) => !existsSync(`/proc/${pid}`)), 10_000, 'the end of the children');
  return startServer(folder);
}
