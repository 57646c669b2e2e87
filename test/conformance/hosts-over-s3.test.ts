import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { startWeb } from '../helpers/backends.ts';
import { type CutLine, startCutLine } from '../helpers/cut-line.ts';
import { type JobClient, jobClient } from '../helpers/job-server.ts';
import { noMoto, startMoto, type TestStore } from '../helpers/moto.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { startNodeProcess } from '../helpers/server-process.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// A worker without the projects folder whose photos pass through a bucket of S3.

const BUCKET = 'school-photos';
const TIMES = { lockMs: 4_000, renewMs: 800, stalledMs: 500, reconcileMs: 1_000, takeMs: 100, tickMs: 500 };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function start() {
  const [redis, moto, line, projects, cacheDir] = await Promise.all([
    ...([startRedis(), startMoto(), startCutLine()] as const),
    ...([tempDir(), tempDir()] as const),
  ]);
  const config = { redis: redis.url, clusterKey: 'a-key-of-a-cluster-in-a-test', slots: 1 };
  line.to(moto.endpoint);
  await moto.bucket(BUCKET);
  const s3 = { ...moto.settings(BUCKET), endpoint: line.base };
  const base = await startWeb({ ...config, projectsDir: projects, s3 }, TIMES);
  // it keeps nothing, so that it asks for each photo each time
  const own = { projectsDir: '/nowhere', role: 'worker' as const, cacheDir, cacheBytes: 1 };
  await startNodeProcess({ config: { ...config, ...own } });
  return { moto, line, projects, client: jobClient(base, '127.0.0.2') };
}

describe('a worker that gets photos through a bucket', { skip: noRedis || noMoto }, () => {
  let moto: TestStore;
  /** To the bucket. */
  let line: CutLine;
  let projects: string;
  let client: JobClient;
  setUp(async () => {
    ({ moto, line, projects, client } = await start());
  });
  const isTrained = async (project: string) => {
    await client.jobIn(project, 'completed');
    assert.equal(readFileSync(join(projects, project, 'output', 'model.pth'), 'utf8'), `model.pth of ${project}`);
  };
  const train = async (project: string, zip: object = {}) => {
    await client.train(project, { epochs: 1, mark: project }, zip);
    await isTrained(project);
  };
  const holds = async (text: string) => (await moto.held(BUCKET)).includes(sha256(text));
  const at = (text: string) => ({ Bucket: BUCKET, Key: `kidbright-mai/${sha256(text)}` });

  it('trains with them', async () => {
    await train('cats');
    assert.ok((await holds('photo 0 of Cat')) && (await holds('photo 1 of Dog')));
    assert.ok(line.count(/^GET .*X-Amz-Signature/) >= 2, 'the worker took them there');
  });

  it('has a web server that looks for photos that are too old', async () => {
    await until(() => line.count(/^GET .*list-type=2/) >= 2, 20_000, 'its look, after the one of the start');
  });

  it('gets those of another project with the same photos without one being put there again', async () => {
    const [puts, gets] = [line.count(/^PUT /), line.count(/^GET .*X-Amz-Signature/)];
    await train('again');
    assert.equal(line.count(/^PUT /), puts);
    assert.ok(line.count(/^GET .*X-Amz-Signature/) > gets);
  });

  it('is not fooled by another content in the bucket, which is mended', async () => {
    await moto.client.send(new PutObjectCommand({ ...at('photo 0 of Cat'), Body: 'PHOTO 0 OF CAT' }));
    await train('fooled');
    await until(async () => {
      const { Body } = await moto.client.send(new GetObjectCommand(at('photo 0 of Cat')));
      return (await Body?.transformToString()) === 'photo 0 of Cat';
    });
  });

  it('trains to the end where the store dies while photos are on their way', async () => {
    const members = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`dataset/Cat/new-${n}.jpg`, `new photo ${n}`]),
    );
    const puts = line.count(/^PUT /);
    await client.train('cut', { epochs: 1, mark: 'cut' }, { members });
    await until(() => line.count(/^PUT /) > puts, 20_000, 'a photo on its way');
    line.cut();
    await isTrained('cut');
    assert.equal((await client.jobIn('cut', 'completed')).attempt, 1);
    assert.ok(line.count(/^PUT /) - puts < 60, 'it died in the middle');
  });

  it('leaves no photo there that was deleted everywhere', async () => {
    line.mend();
    const path = `${client.base}/projects/cats/samples/${sampleIdOf('dataset/Cat/1.jpg')}`;
    assert.ok(await holds('photo 1 of Cat'));
    assert.deepEqual(Object.keys((await (await fetch(path, { method: 'DELETE' })).json()) as object).sort(), [
      'files',
      'result',
      'trainings',
    ]);
    assert.ok(!(await holds('photo 1 of Cat')) && (await holds('photo 0 of Cat')));
  });
});
