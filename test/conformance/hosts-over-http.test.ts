import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startWeb } from '../helpers/backends.ts';
import { startCutLine } from '../helpers/cut-line.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { jobClient } from '../helpers/job-server.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Workers that have no projects folder: they share Redis and HTTP with the web server, and nothing else.

const KEY = 'a-key-of-a-cluster-in-a-test';
const TIMES = { lockMs: 4_000, renewMs: 800, stalledMs: 500, reconcileMs: 1_000, takeMs: 100, tickMs: 500 };

async function start() {
  const redis = await startRedis();
  const projects = await tempDir();
  const line = await startCutLine();
  const config = { redis: redis.url, clusterKey: KEY, slots: 1 };
  const base = await startWeb({ ...config, projectsDir: projects, clusterAddress: line.base }, TIMES);
  line.to(base);
  const startHost = async (own: object = {}) => {
    const cacheDir = await tempDir();
    const orders = { config: { ...config, projectsDir: '/nowhere', role: 'worker' as const, cacheDir, ...own } };
    const host = await startNodeProcess(orders);
    return {
      cacheDir,
      ...host,
      runs: () => (existsSync(join(cacheDir, 'runs')) ? readdirSync(join(cacheDir, 'runs')) : []),
    };
  };
  const [wrong, host] = await Promise.all([startHost({ clusterKey: `${KEY}-of-another` }), startHost()]);
  return { projects, base, line, startHost, wrong, host, client: jobClient(base, '127.0.0.2') };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const cached = (cacheDir: string, text: string) =>
  existsSync(join(cacheDir, 'files', sha256(text).slice(0, 2), sha256(text)));
const system = noRedis ? undefined : await start();

describe('a worker without the projects folder', { skip: noRedis }, () => {
  const { client, startHost, projects, line, base, host, wrong } = (system ?? {}) as Awaited<ReturnType<typeof start>>;
  const output = (project: string, name: string) => readFileSync(join(projects, project, 'output', name), 'utf8');
  const runs = async (project: string, config: object) => {
    await client.train(project, { mark: project, ...config });
    const { id } = await client.jobIn(project, 'active');
    await until(() => epochsIn(jobLog(projects, project, id)).length > 1, 60_000, 'two epochs');
    const checkpoint = join(projects, project, 'jobs', id, 'checkpoints', 'last.pt');
    await until(() => existsSync(checkpoint), 60_000, 'a checkpoint');
    return id;
  };
  /** Every epoch is in the log once, and the last checkpoint was used: none was trained from the beginning again. */
  const isWhole = async (project: string, epochs: number) => {
    const { id } = await client.jobIn(project, 'completed');
    const log = jobLog(projects, project, id);
    assert.deepEqual(
      epochsIn(log),
      Array.from({ length: epochs }, (_, index) => index + 1),
    );
    assert.equal(log.filter(({ event, epoch }) => event === 'epoch_start' && epoch === 1).length, 1, 'the first epoch');
    assert.equal(output(project, 'model.pth'), `model.pth of ${project}`);
  };

  it('trains with photos that it fetches, and gives back what it made', async () => {
    await client.train('cats', { epochs: 3, mark: 'cats' });
    await isWhole('cats', 3);
    assert.ok(cached(host.cacheDir, 'photo 0 of Cat'), 'a photo lies in its cache');
    await until(() => host.runs().length === 0, 20_000, 'the end of its folder');
    const [job = ''] = readdirSync(join(projects, 'cats', 'jobs'));
    assert.deepEqual(
      readdirSync(join(projects, 'cats', 'jobs', job)).filter((name) => /scratch/.test(name)),
      [],
    );
  });

  it('says what it trains on, and the web server says so in /ping', async () => {
    const ping = async () => (await client.get('/ping')).body['device'];
    await until(async () => (await ping()) === 'CPU (fixture)', 20_000, 'what it runs on');
    assert.equal((await client.get('/ping')).body['backend'], 'torch 2.0-fixture');
  });

  it('fetches of the next upload what has changed alone', async () => {
    const before = line.count(/^GET .*\/blobs\//);
    await client.train('cats', { epochs: 3, mark: 'cats' }, { members: { 'dataset/Cat/0.jpg': 'another photo' } });
    await isWhole('cats', 3);
    assert.ok(cached(host.cacheDir, 'another photo'));
    const fetched = line.count(/^GET .*\/blobs\//) - before;
    // the photo, and project.json with the date of the upload
    assert.ok(fetched >= 1 && fetched <= 2, `${fetched} files were fetched`);
  });

  it('converts the model', async () => {
    assert.equal((await client.get('/convert?project_id=cats')).body['result'], 'OK');
    assert.equal(output('cats', 'model_int8.bin'), 'model_int8.bin of cats');
    assert.equal(output('cats', 'model.pth'), 'model.pth of cats');
  });

  it('converts the model so far where no other worker is there, before the training that waits', async () => {
    await client.train('busy', { epochs: 1000, epochMs: 20 });
    await client.jobIn('busy', 'active');
    await client.train('early', { epochs: 1, mark: 'early' });
    const { id } = await client.jobIn('early', 'waiting');
    const instant = join(projects, 'early', 'jobs', id, 'instant');
    mkdirSync(instant, { recursive: true });
    writeFileSync(join(instant, 'model.pth'), 'instant model of early');
    const converted = client.get('/convert?project_id=early');
    await until(async () => (await client.jobIn('early', 'waiting')).kind === 'convert', 60_000, 'the conversion');
    assert.equal((await client.get('/terminate?project_id=busy')).body['result'], 'OK');
    assert.equal((await converted).body['result'], 'OK');
    await until(() => output('early', 'model.pth') === 'model.pth of early', 60_000, 'the trained model');
    assert.equal((JSON.parse(output('early', 'origin.json')) as { convertedBy: string }).convertedBy, id);
  });

  it('is cancelled', async () => {
    await runs('stopped', { epochs: 1000, epochMs: 50 });
    assert.equal(host.runs().length, 1);
    assert.equal((await client.get('/terminate?project_id=stopped')).body['result'], 'OK');
    assert.equal((await client.jobIn('stopped', 'cancelled')).code, 'cancelled');
    await until(() => host.runs().length === 0, 20_000, 'the end of the child');
  });

  it('goes on by itself after a line that was cut for less than its lock', async () => {
    const id = await runs('short', { epochs: 12, epochMs: 150 });
    const [run] = host.runs();
    line.cut();
    const before = epochsIn(jobLog(projects, 'short', id)).length;
    await new Promise((resolve) => setTimeout(resolve, TIMES.lockMs / 4));
    line.mend();
    await until(() => epochsIn(jobLog(projects, 'short', id)).length > before, 60_000, 'another epoch');
    assert.deepEqual(host.runs(), [run]);
    await isWhole('short', 12);
    assert.equal((await client.jobIn('short', 'completed')).attempt, 1);
  });

  it('ends its child where the line is cut for longer, and the training goes on from its checkpoint', async () => {
    const id = await runs('long', { epochs: 40, epochMs: 150 });
    line.cut();
    await until(() => host.runs().length === 0, 20_000, 'the end of the child');
    const before = epochsIn(jobLog(projects, 'long', id)).length;
    line.mend();
    await isWhole('long', 40);
    assert.ok(before < 40, 'it did not train to its end meanwhile');
  });

  it('is killed: another one goes on from the checkpoint', async () => {
    await runs('killed', { epochs: 30, epochMs: 150 });
    const other = startHost();
    await host.end('SIGKILL');
    await isWhole('killed', 30);
    assert.ok(cached((await other).cacheDir, 'photo 1 of Dog'));
  });

  it('is given nothing without the right key', async () => {
    assert.equal(wrong.runs().length, 0);
    assert.ok(!existsSync(join(wrong.cacheDir, 'files', sha256('photo 0 of Cat').slice(0, 2))));
    const asked = await fetch(`${base}/cluster/slots`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(asked.status, 401);
    assert.equal(((await asked.json()) as { code: string }).code, 'cluster_key_needed');
  });
});

describe('a web server without a key for the cluster', () => {
  it('has nothing that such workers could ask', async () => {
    const { startJobServer } = await import('../helpers/job-server.ts');
    const { base } = await startJobServer();
    assert.equal((await fetch(`${base}/cluster/slots`, { method: 'POST' })).status, 404);
  });
});
