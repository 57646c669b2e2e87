import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { buildApp } from '../../src/app.ts';
import { listTree } from '../../src/files/list-tree.ts';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { isMissing } from '../../src/system-errors.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { pupil, ROLE_KEYS, TEACHER_KEY } from '../helpers/pupil.ts';
import { putOutput } from '../helpers/put-output.ts';
import { rawZip } from '../helpers/raw-zip.ts';
import { sampleClient } from '../helpers/sample-client.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const SECRET = 'a face that must go, 5e1f27';
const HASH = createHash('sha256').update(SECRET).digest('hex');
const FILE = 'dataset/Cat/0.jpg';
const WITH_SECRET = { members: { [FILE]: SECRET, 'dataset/Dog/copy.jpg': SECRET } };

const erase = async (base: string, id: string, file: string) => {
  const answer = await fetch(`${base}/projects/${id}/samples/${sampleIdOf(file)}`, { method: 'DELETE' });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** Every file of the projects folder that has these bytes, or their hash in its name or its bytes. */
async function traces(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of (await listTree(folder)).files) {
    // what a training no longer needs is deleted after its end, perhaps just now
    const bytes = await readFile(join(folder, file)).catch(unlessMissing);
    if (bytes === undefined) continue;
    if (bytes.includes(SECRET) || bytes.includes(HASH) || file.includes(HASH)) found.push(file);
  }
  return found;
}

async function train(server: JobServer, id: string): Promise<string> {
  const { body } = await server.post('/train', { project: id, train_config: { epochs: 1 } });
  await until(async () => (await server.jobs()).find((job) => job.id === body['job_id'])?.state === 'completed');
  return String(body['job_id']);
}

const marksOf = async (server: JobServer, id: string) => {
  const { models } = (await server.get(`/projects/${id}/models`)).body as {
    models: { job_id: string; deleted: number }[];
  };
  return Object.fromEntries(models.map((model) => [model.job_id, model.deleted]));
};

/** What computes and keeps something of a photo. */
async function leaveTraces(server: JobServer, id: string): Promise<void> {
  const root = join(server.config.projectsDir, id);
  await mkdir(join(root, 'cache', 'thumbnails'), { recursive: true });
  await writeFile(join(root, 'cache', 'thumbnails', `${HASH}.jpg`), 'small');
  await writeFile(join(root, 'cache', 'features.bin'), `${HASH} 0.5 0.25`);
  await mkdir(join(root, 'jobs', 'of-a-crash', 'checkpoints'), { recursive: true });
  await writeFile(join(root, 'jobs', 'of-a-crash', 'checkpoints', 'first-answer.pt'), HASH);
}

describe('a photo that is deleted everywhere', () => {
  let server: JobServer;
  let [root, first, second] = ['', '', ''];
  let before: readonly string[];
  let erased: Awaited<ReturnType<typeof erase>>;
  setUp(async () => {
    server = await startJobServer();
    root = join(server.config.projectsDir, 'p');
    await server.upload('p', {}, WITH_SECRET);
    first = await train(server, 'p');
    second = await train(server, 'p');
    await leaveTraces(server, 'p');
    const samples = [FILE, 'dataset/Cat/1.jpg'].map((file) => ({ file, label: 'Cat', scene: 1, held_back: true }));
    await putOutput(server, 'p', 'samples.json', { format: 1, labels: ['Cat'], samples });
    const findings = [{ code: 'dark', count: 2, files: samples.map(({ file }) => ({ file })) }];
    const report = { training: { findings } };
    await putOutput(server, 'p', 'report.json', report);
    const packed = rawZip([{ name: 'report.json', content: JSON.stringify(report) }]);
    await writeFile(join(root, 'output', 'model.zip'), packed);
    before = await traces(root);
    erased = await erase(server.base, 'p', FILE);
  });

  it('is in no file of the project any more, neither are its bytes under another label nor its hash', async () => {
    assert.equal(erased.status, 200, JSON.stringify(erased.body));
    assert.ok(before.length >= 8, before.join(', '));
    assert.deepEqual(await traces(server.config.projectsDir), []);
    assert.ok(!existsSync(join(root, FILE)) && existsSync(join(root, 'dataset/Cat/1.jpg')));
    assert.equal(erased.body['files'], 6);
  });

  it('marks the trainings that used it, and no later one', async () => {
    assert.deepEqual([...(erased.body['trainings'] as string[])].sort(), [first, second].sort());
    const third = await train(server, 'p');
    assert.deepEqual(await marksOf(server, 'p'), { [first]: 1, [second]: 1, [third]: 0 });
  });

  it('is listed nowhere: in the samples, the answers, the findings and the number of files', async () => {
    const list = await sampleClient(server.base).samplesOf('p');
    assert.deepEqual(
      list.samples.filter(({ file }) => file === FILE || file.endsWith('copy.jpg')),
      [],
    );
    assert.equal((await server.get('/projects/p')).body['files'], 5);
    const model = join(root, 'jobs', second, 'model');
    const report = JSON.parse(await readFile(join(model, 'report.json'), 'utf8')) as {
      training: { findings: unknown };
    };
    assert.deepEqual(report.training.findings, [{ code: 'dark', count: 1, files: [{ file: 'dataset/Cat/1.jpg' }] }]);
    assert.doesNotMatch(await readFile(join(model, 'samples.json'), 'utf8'), /Cat\/0\.jpg/);
  });

  it('is in the report of the package to download neither', async () => {
    const zip = await readFile(join(root, 'jobs', second, 'model', 'model.zip'));
    const [text] = zip.toString('latin1').match(/(?<=report\.json)[^]*?(?=PK)/) ?? [];
    const report = inflateRawSync(Buffer.from(text ?? '', 'latin1')).toString();
    assert.match(report, /dataset\/Cat\/1\.jpg/);
    assert.doesNotMatch(report, /dataset\/Cat\/0\.jpg/);
  });

  it('cannot be deleted again', async () => {
    const again = await erase(server.base, 'p', FILE);
    assert.deepEqual([again.status, again.body['code']], [404, 'sample_not_found']);
  });

  it('comes back only with a new upload; what is marked stays', async () => {
    await server.upload('p', {}, WITH_SECRET);
    assert.equal((await traces(root)).length, 2);
    assert.equal((await marksOf(server, 'p'))[first], 1);
  });
});

it('while a training of the project waits or runs nothing is deleted; afterwards it is', async () => {
  const server = await startJobServer();
  await server.train('p', { epochs: 400, epochMs: 20 }, WITH_SECRET);
  const refused = await erase(server.base, 'p', FILE);
  assert.deepEqual([refused.status, refused.body['code']], [409, 'project_busy']);
  assert.ok(existsSync(join(server.config.projectsDir, 'p', FILE)));
  await server.get('/terminate?project_id=p');
  assert.equal((await erase(server.base, 'p', FILE)).status, 200);
  assert.deepEqual(await traces(server.config.projectsDir), []);
});

it('of boxes the annotation and the place in the lists go with the photo; of sounds the pictures of it', async () => {
  const server = await startJobServer();
  const root = (id: string) => join(server.config.projectsDir, id);
  const photo = 'dataset/JPEGImages/a1.jpg';
  const boxes = { type: 'OBJECT_DETECTION', filesPerLabel: 0 };
  const members = {
    [photo]: SECRET,
    'dataset/Annotations/a1.xml': '<x/>',
    'dataset/ImageSets/Main/train.txt': 'a1\na2\n',
  };
  await server.upload('boxes', {}, { ...boxes, members });
  assert.equal((await erase(server.base, 'boxes', photo)).status, 200);
  assert.ok(!existsSync(join(root('boxes'), 'dataset/Annotations/a1.xml')));
  assert.equal(await readFile(join(root('boxes'), 'dataset/ImageSets/Main/train.txt'), 'utf8'), 'a2\n');
  const clip = 'dataset/sound/Cat/c1.wav';
  const drawn = {
    'dataset/mfcc/Cat/c1.jpg': 'drawn',
    'dataset/waveform/Cat/c1.png': 'drawn',
    'dataset/mfcc/Cat/c2.jpg': 'x',
  };
  await server.upload(
    'sounds',
    {},
    { type: 'VOICE_CLASSIFICATION', filesPerLabel: 0, members: { [clip]: SECRET, ...drawn } },
  );
  assert.equal((await erase(server.base, 'sounds', clip)).status, 200);
  const left = (await listTree(join(root('sounds'), 'dataset'))).files;
  assert.deepEqual(left, ['mfcc/Cat/c2.jpg']);
});

it('a deletion that a kill cut off is finished by the next start', async () => {
  const { app, config } = await buildTestApp();
  const one = pupil(app, { key: '' });
  await one.upload('p', WITH_SECRET);
  const copies = [
    { root: '', file: FILE },
    { root: '', file: 'dataset/Dog/copy.jpg' },
    { root: '', file: 'dataset/../../outside' },
  ];
  await writeFile(join(config.projectsDir, 'outside'), 'stays');
  const begun = { type: 'IMAGE_CLASSIFICATION', copies, trainings: ['j1'], at: 5 };
  await writeFile(join(config.projectsDir, 'p', '.erasing.json'), JSON.stringify(begun));
  const next = await buildApp(config, { jobs: idleJobs() });
  assert.deepEqual(await traces(config.projectsDir), []);
  const deletions = await readFile(join(config.projectsDir, 'p', 'deletions.json'), 'utf8');
  assert.deepEqual(JSON.parse(deletions), { deletions: [{ at: 5, trainings: ['j1'] }] });
  assert.ok(!existsSync(join(config.projectsDir, 'p', '.erasing.json')));
  assert.ok(existsSync(join(config.projectsDir, 'outside')));
  await next.close();
});

it('its owner and the teacher may delete a photo, another pupil may not', async () => {
  const { app, config } = await buildTestApp({ keys: ROLE_KEYS });
  const path = `/projects/p/samples/${sampleIdOf(FILE)}`;
  const owner = pupil(app, { name: 'ดาว' });
  await owner.upload('p', WITH_SECRET);
  const other = await pupil(app, { name: 'น้ำ', address: '10.0.0.2' }).remove(path);
  assert.deepEqual([other.status, other.body['code']], [403, 'not_yours']);
  assert.ok(existsSync(join(config.projectsDir, '@7a', 'p', FILE)));
  assert.equal((await owner.remove(path)).status, 200);
  await owner.upload('q', WITH_SECRET);
  const teacher = pupil(app, { key: TEACHER_KEY });
  assert.equal((await teacher.remove(path.replace('/p/', '/q/'))).status, 200);
  assert.deepEqual(await traces(config.projectsDir), []);
});
