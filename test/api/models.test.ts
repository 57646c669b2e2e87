import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Static } from 'typebox';
import type { ClassAnswer } from '../../src/classroom/schemas.ts';
import type { ModelList } from '../../src/models/earlier-routes.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { REPORT } from '../helpers/page-model.ts';
import { putOutput } from '../helpers/put-output.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

type Model = Static<typeof ModelList>['models'][number];

const modelsOf = async (server: JobServer, id = 'p') =>
  (await server.get(`/projects/${id}/models`)).body.models as readonly Model[];
const restore = (server: JobServer, job: string, id = 'p') => server.post(`/projects/${id}/models/${job}/restore`, {});
const standing = (models: readonly Model[]) => models.map(({ current, restorable }) => [current, restorable]);

async function train(server: JobServer, mark: string, config: object = {}): Promise<string> {
  const { body } = await server.train('p', { epochs: 1, mark, ...config });
  await until(async () => (await server.jobs()).find(({ id }) => id === body.job_id)?.state === 'completed');
  return String(body.job_id);
}

/** Every file of output/ but the server's own, with what it holds. */
async function output(server: JobServer): Promise<Record<string, string>> {
  const folder = join(server.config.projectsDir, 'p', 'output');
  const names = (await readdir(folder)).filter((name) => name !== 'origin.json').sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  );
}

it('a training says what it learnt from, and how large its files on the board are', async () => {
  const server = await startJobServer();
  await train(server, 'only');
  const [plain] = await modelsOf(server);
  assert.deepEqual([plain?.labels, plain?.learnt, plain?.board_bytes], [[], null, null], 'a report that says nothing');
  await putOutput(server, 'p', 'report.json', REPORT);
  const [model] = await modelsOf(server);
  const { train_samples: learnt, labels, train_config: config } = REPORT.training;
  assert.deepEqual([model?.labels, model?.learnt, model?.train_config], [labels, learnt, config]);
  assert.equal(model?.board_bytes, 11_300_000 + 9_000, 'what the board loads, not all that was written');
});

describe('earlier trainings', () => {
  let server: JobServer;
  setUp(async () => {
    server = await startJobServer();
  });

  let first = '';
  let second = '';
  let converted: Record<string, string> = {};
  let trained: Record<string, string> = {};

  it('are listed, each kept once', async () => {
    first = await train(server, 'first');
    assert.equal((await server.get('/convert?project_id=p')).body.result, 'OK');
    converted = await output(server);
    assert.ok('model.zip' in converted);
    assert.ok(!existsSync(join(server.config.projectsDir, 'p', 'jobs', first, 'model')), 'kept beside its conversion');
    second = await train(server, 'second');
    trained = await output(server);
    assert.deepEqual(
      (await modelsOf(server)).map(({ job_id: id, current, restorable }) => [id, current, restorable]),
      [
        [second, true, false],
        [first, false, true],
      ],
    );
  });

  it('can be returned to, each with the files of its own run', async () => {
    assert.deepEqual((await restore(server, first)).body, { result: 'OK' });
    assert.deepEqual(await output(server), converted);
    assert.equal((await server.get('/ping')).body.stage, 5);
    assert.deepEqual(standing(await modelsOf(server)), [
      [false, true],
      [true, false],
    ]);
  });

  it('and back again, as often as one likes', async () => {
    assert.equal((await restore(server, second)).status, 200);
    assert.deepEqual(await output(server), trained);
    assert.equal((await restore(server, second)).status, 200);
  });

  it('a restored model can be converted, with the photos that it was trained with', async () => {
    await restore(server, first);
    assert.equal((await server.get('/convert?project_id=p')).body.result, 'OK');
    const conversion = (await server.jobs()).find(({ kind }) => kind === 'convert');
    const job = join(server.config.projectsDir, 'p', 'jobs', conversion?.id ?? '', 'job.json');
    assert.equal((JSON.parse(await readFile(job, 'utf8')) as { inputOf: string }).inputOf, first);
    assert.match((await output(server))['model.pth'] ?? '', /of first$/);
  });

  it('the wall of the class knows it', async () => {
    const current = async () => {
      const { projects } = (await server.get('/class')).body as unknown as ClassAnswer;
      return projects.find(({ id }) => id === 'p')?.result?.job_id;
    };
    const other = (await modelsOf(server)).find((model) => !model.current)?.job_id ?? '';
    assert.notEqual(await current(), other);
    await restore(server, other);
    await until(async () => (await current()) === other);
  });

  it('cannot be returned to while a job waits or runs, nor where they are not kept or another project has them', async () => {
    const [, earlier] = await modelsOf(server);
    await server.train('p', { epochs: 400, epochMs: 20, mark: 'third' });
    const current = (await modelsOf(server)).find((model) => model.restorable)?.job_id ?? earlier?.job_id ?? '';
    const busy = await restore(server, current);
    assert.deepEqual([busy.status, busy.body.code], [409, 'project_busy']);
    await server.get('/terminate?project_id=p');
    assert.equal((await restore(server, current)).status, 200);
    await server.upload('q');
    for (const [job, id] of [
      ['unknown', 'p'],
      [current, 'q'],
    ] as const) {
      const refused = await restore(server, job, id);
      assert.deepEqual([refused.status, refused.body.code], [404, 'model_not_kept']);
    }
    assert.equal((await restore(server, '..%2F..', 'p')).status, 400);
    assert.equal((await restore(server, 'x', 'none')).status, 404);
  });
});

describe('a kept model whose origin cannot be read', () => {
  let server: JobServer;
  setUp(async () => {
    server = await startJobServer();
  });

  it('is not offered, and does not take the place of the one that is there', async () => {
    const [first, second] = [await train(server, 'first'), await train(server, 'second')];
    const origin = join(server.config.projectsDir, 'p', 'jobs', first, 'model', 'origin.json');
    const whole = await readFile(origin, 'utf8');
    const before = await output(server);
    for (const damage of ['{{', JSON.stringify({ jobId: second })]) {
      await writeFile(origin, damage);
      const [current, earlier] = await modelsOf(server);
      assert.deepEqual([current?.current, earlier?.restorable], [true, false], damage);
      const refused = await restore(server, first);
      assert.deepEqual([refused.status, refused.body.code], [404, 'model_not_kept'], damage);
      assert.deepEqual(await output(server), before);
    }
    await writeFile(origin, whole);
    assert.equal((await restore(server, first)).status, 200);
    assert.deepEqual(standing(await modelsOf(server)), [
      [false, true],
      [true, false],
    ]);
  });
});

describe('room on the disk', () => {
  it('has the model that was in use before, however old it is', async () => {
    const server = await startJobServer({}, { tuning: { keptModels: 2 } });
    const first = await train(server, 'a');
    for (const mark of ['b', 'c']) await train(server, mark);
    assert.equal((await restore(server, first)).status, 200);
    await train(server, 'd');
    await until(async () => (await modelsOf(server)).filter(({ restorable }) => restorable).length === 2);
    assert.deepEqual(standing(await modelsOf(server)), [
      [true, false],
      [false, true],
      [false, false],
      [false, true],
    ]);
  });

  it('has as many earlier models as it may, the newest', async () => {
    const server = await startJobServer({}, { tuning: { keptModels: 1 } });
    for (const mark of ['a', 'b', 'c']) await train(server, mark);
    await until(async () => (await modelsOf(server)).filter(({ restorable }) => restorable).length === 1);
    assert.deepEqual(standing(await modelsOf(server)), [
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it('has none where little is left, and still knows what they could do', async () => {
    const server = await startJobServer({}, { tuning: { modelMinFreeBytes: Number.MAX_SAFE_INTEGER } });
    const first = await train(server, 'a');
    await train(server, 'b');
    const report = join(server.config.projectsDir, 'p', 'jobs', first, 'report.json');
    await until(async () => (await readFile(report, 'utf8').catch(() => '')) === 'report.json of a');
    assert.deepEqual(standing(await modelsOf(server)), [
      [true, false],
      [false, false],
    ]);
  });
});
