import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { takeBackup } from '../../src/backup/take-backup.ts';
import { thisHolder } from '../../src/projects/lock-holder.ts';
import { listedTree } from '../helpers/listed-tree.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { type ServerProcess, startServerProcess } from '../helpers/server-process.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const BACKUPS = 10;
const environment = process.env as Record<string, string>;

async function restored(file: string): Promise<string> {
  const dir = await tempDir();
  await restoreBackup(dir, file, { force: false });
  return dir;
}

/** What an upload consists of must be of one upload: its label is the name of its photos' folder and of its settings. */
async function checkWhole(dir: string, id: string): Promise<void> {
  const { labels } = JSON.parse(await readFile(join(dir, id, 'upload.json'), 'utf8')) as { labels: string[] };
  assert.deepEqual(await readdir(join(dir, id, 'dataset')), labels);
  const project = JSON.parse(await readFile(join(dir, id, 'project.json'), 'utf8')) as { labels: { label: string }[] };
  assert.deepEqual(
    project.labels.map(({ label }) => label),
    labels,
  );
  const origin = JSON.parse(await readFile(join(dir, id, 'output', 'origin.json'), 'utf8')) as { jobId: string };
  const job = JSON.parse(await readFile(join(dir, id, 'jobs', origin.jobId, 'job.json'), 'utf8')) as { state: string };
  assert.ok(['completed', 'active'].includes(job.state), job.state);
}

describe('a backup that is taken while pupils upload and train', () => {
  let [dir, files] = ['', ''];
  let server: ServerProcess;
  setUp(async () => {
    dir = await tempDir();
    files = await tempDir();
    server = await startServerProcess(dir, environment, { slots: 2 });
  });

  it('has each project as it was at one moment', async () => {
    await server.train('busy', { epochs: 1, mark: 'first' }, { labels: ['v0'] });
    await server.jobIn('busy', 'completed');
    let isOver = false;
    let uploads = 0;
    const pupil = (async () => {
      for (; !isOver; uploads += 1) {
        const { status } = await server.train(
          'busy',
          { epochs: 1, mark: `${uploads}` },
          { labels: [`v${uploads}`], filesPerLabel: 30 },
        );
        assert.equal(status, 200);
        await server.jobIn('busy', 'completed');
      }
    })();
    try {
      for (let n = 0; n < BACKUPS; n += 1) {
        const file = join(files, `${n}.tar`);
        await takeBackup(dir, file);
        await checkWhole(await restored(file), 'busy');
        await pause(30 * n);
      }
    } finally {
      isOver = true;
      await pupil;
    }
    assert.ok(uploads > 1, `${uploads} uploads`);
  });

  it('has a training that goes on from its checkpoint to its end', async () => {
    const { body } = await server.train('long', { epochs: 150, epochMs: 20, mark: 'long' });
    const log = join(dir, 'long', 'jobs', String(body['job_id']), 'events.jsonl');
    await until(async () => (await readFile(log, 'utf8')).includes('"epoch":20'));
    const file = join(files, 'long.tar');
    await takeBackup(dir, file);
    const copy = await restored(file);
    const checkpoint = join(copy, 'long', 'jobs', String(body['job_id']), 'checkpoints', 'last.pt');
    const epoch = Number(await readFile(checkpoint, 'utf8'));
    assert.ok(epoch >= 20 && epoch < 150, `epoch ${epoch}`);
    const other = await startServerProcess(copy, environment);
    await other.jobIn('long', 'completed');
    const events = (await readFile(log.replace(dir, copy), 'utf8')).split('\n').filter(Boolean);
    const epochs = events
      .map((line) => JSON.parse(line) as { event: string; epoch: number })
      .filter(({ event }) => event === 'epoch_end');
    assert.deepEqual(
      epochs.map((event) => event.epoch),
      Array.from({ length: 150 }, (_, n) => n + 1),
    );
    assert.deepEqual(
      (await other.get('/projects')).body['projects'],
      ((await server.get('/projects')).body['projects'] as { id: string }[]).map((project) =>
        project.id === 'long' ? { ...project, stage: 3 } : project,
      ),
    );
    await other.end('SIGKILL');
    await server.get('/terminate?project_id=long');
  });

  it('leaves the projects as they are', async () => {
    const before = await listedTree(dir);
    await takeBackup(dir, join(files, 'quiet.tar'));
    assert.deepEqual(await listedTree(dir), before);
    await server.end('SIGTERM');
  });
});

describe('npm run backup', () => {
  const run = async (task: string, args: readonly string[], projectsDir: string) => {
    const child = spawn(process.execPath, [...scriptArguments('backup'), task, ...args], {
      env: { ...environment, MAI_PROJECTS_DIR: projectsDir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part));
    return { child, done: once(child, 'close').then(([code]) => ({ code: code as number | null, said })) };
  };
  const done = async (task: string, args: readonly string[], projectsDir: string) =>
    (await run(task, args, projectsDir)).done;

  it('that is killed leaves no file under the name of the backup', async () => {
    const dir = await tempDir();
    for (let n = 0; n < 40; n += 1) {
      await mkdir(join(dir, `p${n}`, 'dataset', 'a'), { recursive: true });
      for (let m = 0; m < 40; m += 1)
        await writeFile(join(dir, `p${n}`, 'dataset', 'a', `${m}.jpg`), Buffer.alloc(40_000, m));
    }
    const folder = await tempDir();
    const file = join(folder, 'class.tar');
    const { child, done: over } = await run('backup', [file], dir);
    await until(async () => (await readdir(folder)).length > 0, 60_000, 'the draft');
    child.kill('SIGKILL');
    await over;
    assert.ok(!existsSync(file));
    assert.equal((await done('backup', [file], dir)).code, 0);
    assert.deepEqual(await listedTree(await restored(file)), await listedTree(dir));
  });

  it('and npm run restore say what stops them', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'p'));
    const file = join(await tempDir(), 'class.tar');
    for (const [task, args, projects, said] of [
      ['backup', [], dir, /Name one file/],
      ['backup', [join(dir, 'p', 'x.tar')], dir, /lies in the projects folder/],
      ['backup', [file], dir, /has 1 project: 0 files/],
      ['backup', [file], dir, /is there already/],
      ['restore', [`${file}x`], dir, /There is no file/],
      ['restore', [file], dir, /is not empty \(p\)/],
    ] as const) {
      const result = await done(task, args, projects);
      assert.match(result.said, said);
      assert.equal(result.code, /has 1 project/.test(said.source) ? 0 : 1, result.said);
    }
  });

  it('restore is refused while a server uses the folder', async () => {
    const dir = await tempDir();
    const file = join(await tempDir(), 'class.tar');
    await takeBackup(dir, file);
    await symlink(`${thisHolder()}.0011aabbccdd`, join(dir, '.server.lock'));
    const { code, said } = await done('restore', [file], dir);
    assert.match(said, /Another server uses the projects folder/);
    assert.equal(code, 1);
  });
});
