import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const PARTS = ['job.json', 'events.jsonl'] as const;

/** A projects folder with a job that is not over in `whole` and in each of `count` more, p0, p1, … */
async function openJobs(count: number): Promise<{ readonly projects: string; readonly jobs: readonly string[] }> {
  const projects = await tempDir();
  const server = await startJobServer({ projectsDir: projects, slots: 1 });
  await server.train('whole', { epochs: 1000, epochMs: 100 });
  await server.jobIn('whole', 'active');
  const jobs: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { body } = await server.train(`p${n}`, { epochs: 1 });
    const job = join(projects, `p${n}`, 'jobs', String(body.job_id));
    mkdirSync(join(job, 'checkpoints'), { recursive: true });
    writeFileSync(join(job, 'checkpoints', 'kept'), 'hours of work');
    jobs.push(job);
  }
  await server.app.close();
  return { projects, jobs };
}

const asFolder = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(join(path, 'x'), { recursive: true });
};
const asFile = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, 'x');
};
const asLink = (path: string, to: string) => {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(to, path);
};
const asLoop = (path: string) => asLink(path, path);
const asPipe = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
};
const edit = (path: string, change: object) =>
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));

describe('one damaged file of a job', () => {
  const damages: readonly (readonly [what: string, damage: (job: string) => void])[] = [
    ...['client', 'place', 'owner', 'inputOf', 'attempt', 'kind', 'state', 'createdAt', 'projectType'].map(
      (field) => [`${field} is null`, (job: string) => edit(join(job, 'job.json'), { [field]: null })] as const,
    ),
    ['inputOf leads elsewhere', (job) => edit(join(job, 'job.json'), { inputOf: '../../q' })],
    ['the process is every process', (job) => edit(join(job, 'job.json'), { process: { pid: -1 } })],
    ['job.json is cut off', (job) => writeFileSync(join(job, 'job.json'), '{"id":')],
    ['job.json is empty', (job) => writeFileSync(join(job, 'job.json'), '')],
    ['job.json is a list', (job) => writeFileSync(join(job, 'job.json'), '[]')],
    ...PARTS.map((name) => [`${name} is a folder`, (job: string) => asFolder(join(job, name))] as const),
    ...PARTS.map((name) => [`${name} is a link to itself`, (job: string) => asLoop(join(job, name))] as const),
    ...PARTS.map((name) => [`${name} is a pipe`, (job: string) => asPipe(join(job, name))] as const),
    ['job.json is a device', (job) => asLink(join(job, 'job.json'), '/dev/zero')],
    ['job.json is a link to nowhere', (job) => asLink(join(job, 'job.json'), '/nowhere/at/all')],
  ];

  it('sets the job aside with all it has; its project and the others go on', async () => {
    const { projects, jobs } = await openJobs(damages.length);
    for (const [n, [, damage]] of damages.entries()) damage(jobs[n] ?? '');
    const again = await startJobServer({ projectsDir: projects, slots: 2 });
    assert.deepEqual(
      (await again.jobs()).map(({ project_id }) => project_id),
      ['whole'],
    );
    for (const [n, [what]] of damages.entries()) {
      const job = jobs[n] ?? '';
      assert.equal((await again.get(`/jobs/${basename(job)}`)).status, 404, what);
      assert.equal((await again.post('/train', { project: `p${n}`, train_config: { epochs: 1 } })).status, 200, what);
      await again.jobIn(`p${n}`, 'completed');
      assert.equal(readFileSync(join(`${job}.damaged`, 'checkpoints', 'kept'), 'utf8'), 'hours of work', what);
    }
    assert.equal((await again.jobIn('whole', 'active')).attempt, 1, 'a stop in good order is no attempt');
  });

  it('or of the folder of all jobs, likewise', async () => {
    const paths = [(job: string) => job, (job: string) => join(job, '..')];
    const { projects, jobs } = await openJobs(paths.length);
    for (const [n, path] of paths.entries()) asFile(path(jobs[n] ?? ''));
    const again = await startJobServer({ projectsDir: projects, slots: 2 });
    for (const [n, path] of paths.entries()) {
      assert.equal((await again.post('/train', { project: `p${n}`, train_config: { epochs: 1 } })).status, 200);
      await again.jobIn(`p${n}`, 'completed');
      assert.equal(readFileSync(`${path(jobs[n] ?? '')}.damaged`, 'utf8'), 'x');
    }
  });
});

describe('one damaged file of a project', () => {
  const damages: readonly (readonly [what: string, damage: (project: string) => void, status: number])[] = [
    ['upload.json is cut off', (project) => writeFileSync(join(project, 'upload.json'), '{'), 200],
    ['upload.json has null fields', (project) => edit(join(project, 'upload.json'), { labels: null }), 200],
    ['upload.json is a folder', (project) => asFolder(join(project, 'upload.json')), 200],
    ['upload.json is a link to itself', (project) => asLoop(join(project, 'upload.json')), 200],
    ['upload.json is a pipe', (project) => asPipe(join(project, 'upload.json')), 200],
    ['.next-upload is a file', (project) => asFile(join(project, '.next-upload')), 200],
    ['.next-upload has no record', (project) => asFolder(join(project, '.next-upload')), 200],
    [
      '.next-upload has a damaged record',
      (project) => {
        asFolder(join(project, '.next-upload'));
        writeFileSync(join(project, '.next-upload', 'upload.json'), '{}');
      },
      200,
    ],
    ['.next-output is a file', (project) => asFile(join(project, '.next-output')), 200],
    ['output/origin.json is a folder', (project) => asFolder(join(project, 'output', 'origin.json')), 200],
    [
      'upload.json is cut off and project.json a folder',
      (project) => {
        writeFileSync(join(project, 'upload.json'), '{');
        asFolder(join(project, 'project.json'));
      },
      404,
    ],
  ];

  it('keeps nobody from starting, deletes nothing, and the project can be uploaded and trained anew', async () => {
    const { projects, jobs } = await openJobs(damages.length);
    for (const [n, [, damage]] of damages.entries()) damage(join(projects, `p${n}`));
    const before = damages.map((_, n) => readdirSync(join(projects, `p${n}`)).length);
    const again = await startJobServer({ projectsDir: projects, slots: 1 });
    for (const [n, [what, , status]] of damages.entries()) {
      assert.equal((await again.get(`/projects/p${n}`)).status, status, what);
      assert.ok(readdirSync(join(projects, `p${n}`)).length >= (before[n] ?? 0), what);
      assert.equal(readFileSync(join(jobs[n] ?? '', 'checkpoints', 'kept'), 'utf8'), 'hours of work', what);
    }
    await again.get('/terminate?project_id=whole');
    for (const [n, [what]] of damages.entries()) {
      await again.get(`/terminate?project_id=p${n}`);
      assert.equal((await again.train(`p${n}`, { epochs: 1 })).status, 200, what);
      await again.jobIn(`p${n}`, 'completed');
      assert.deepEqual((await again.get(`/convert?project_id=p${n}`)).body, { result: 'OK' }, what);
    }
  });
});

describe('something else in the place of a project.json whose upload.json is good', () => {
  it('keeps nobody from training: upload.json has what counts', async () => {
    const { projects } = await openJobs(0);
    const server = await startJobServer({ projectsDir: projects, slots: 2 });
    await server.train('p', { epochs: 1 });
    await server.jobIn('p', 'completed');
    const path = join(projects, 'p', 'project.json');
    for (const damage of [asFolder, asPipe, asLoop, (at: string) => rmSync(at, { recursive: true })]) {
      damage(path);
      const { status, body } = await server.post('/train', { project: 'p', train_config: { epochs: 1 } });
      assert.equal(status, 200, JSON.stringify(body));
      await server.jobIn('p', 'completed');
    }
    assert.equal((await server.upload('p')).status, 200);
  });
});

describe('a project that the disk does not give now', () => {
  it('keeps nobody from starting, loses nothing, and goes on at the next start', async () => {
    const {
      projects,
      jobs: [job = ''],
    } = await openJobs(1);
    // A name that is too long is to the server what EIO and EMFILE are: neither "not there" nor damaged.
    const lost = join(projects, 'lost');
    renameSync(join(job, 'job.json'), lost);
    symlinkSync(`/${'x'.repeat(300)}`, join(job, 'job.json'));
    const again = await startJobServer({ projectsDir: projects, slots: 1 });
    await again.jobIn('whole', 'active');
    assert.equal((await again.get(`/jobs/${basename(job)}`)).status, 404);
    await again.app.close();
    rmSync(join(job, 'job.json'));
    renameSync(lost, join(job, 'job.json'));
    const third = await startJobServer({ projectsDir: projects, slots: 1 });
    assert.equal((await third.get(`/jobs/${basename(job)}`)).body.state, 'waiting');
    assert.equal(readFileSync(join(job, 'checkpoints', 'kept'), 'utf8'), 'hours of work');
  });
});
