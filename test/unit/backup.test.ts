import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { chown, mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { commitRestore, finishRestore, restorePaths } from '../../src/backup/place.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { takeBackup } from '../../src/backup/take-backup.ts';
import { listTree } from '../../src/files/list-tree.ts';
import { isMissing } from '../../src/system-errors.ts';
import { listedTree, timeOf } from '../helpers/listed-tree.ts';
import { setUp } from '../helpers/set-up.ts';
import { makeStore, uploadTo } from '../helpers/store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const THAI = { workspace: '', id: 'โปรเจค KidBright_Tni3SSC' };
const PLAIN = { workspace: '', id: 'cats' };

/** Two projects, one of them with a job, and everything beside them that is in no backup. */
async function madeFolder(): Promise<string> {
  const { store, dir } = await makeStore();
  await uploadTo(store, PLAIN, {
    members: { [`dataset/Cat/${'ก'.repeat(60)}.jpg`]: 'long', 'dataset/Cat/.dot.jpg': 'dot' },
  });
  await uploadTo(store, THAI, { labels: ['แมว'] });
  await store.snapshot(PLAIN, 'j1');
  const { root, jobPaths } = store.paths(PLAIN);
  const job = jobPaths('j1');
  await writeFile(job.job, '{}');
  await writeFile(job.events, '{"seq":1}\n');
  await mkdir(job.checkpoints);
  await writeFile(join(job.checkpoints, '0.pt'), 'free');
  await writeFile(join(job.checkpoints, '1.pt'), 'named');
  linkSync(join(job.checkpoints, '1.pt'), join(job.checkpoints, 'last.pt'));
  await mkdir(job.model);
  await utimes(job.model, 1_700_000_000.5, 1_700_000_000.5);
  await mkdir(join(root, 'cache'));
  await writeFile(join(root, 'cache', 'features'), 'computed');
  await writeFile(join(dir, '.key'), 'river-candle-tiger');
  await mkdir(join(dir, '.tls'));
  await writeFile(join(dir, '.tls', 'server.pem'), 'secret');
  await mkdir(join(dir, '.incoming'), { recursive: true });
  await mkdir(join(dir, '@7a', 'dogs'), { recursive: true });
  await writeFile(join(dir, '@7a', 'dogs', 'project.json'), '{}');
  return dir;
}

const belongs = (path: string) =>
  !/(^|\/)(cache|\.tls|\.incoming|\.trash)(\/|$)/.test(path) && !/checkpoints\/[012]\.pt$/.test(path);

describe('a backup that is restored', () => {
  let [from, to, file] = ['', '', ''];
  let before: Awaited<ReturnType<typeof listedTree>>;
  let taken: Awaited<ReturnType<typeof takeBackup>>;
  let restored: Awaited<ReturnType<typeof restoreBackup>>;
  setUp(async () => {
    from = await madeFolder();
    to = await tempDir();
    file = join(await tempDir(), 'class.tar');
    before = await listedTree(from);
    taken = await takeBackup(from, file);
    restored = await restoreBackup(to, file, { force: false });
  });

  it('has the same folders and files with the same bytes', async () => {
    assert.deepEqual(await listedTree(to), await listedTree(from, belongs));
    assert.deepEqual([taken.projects, restored.files, restored.sha256], [3, taken.files, taken.sha256]);
    assert.deepEqual(await listedTree(from), before, 'a backup changes nothing');
  });

  it('has the same times: they say which settings were edited by hand, and which model was in use', async () => {
    for (const path of ['cats/project.json', 'cats/upload.json', 'cats/jobs/j1/model', '.key'])
      assert.equal(await timeOf(join(to, path)), await timeOf(join(from, path)), path);
  });

  it('keeps photos once that a training has as links', () => {
    const inodeOf = (path: string) => lstatSync(join(to, 'cats', path)).ino;
    assert.equal(inodeOf('jobs/j1/input/dataset/Cat/0.jpg'), inodeOf('dataset/Cat/0.jpg'));
  });

  it('is read by the people who run the server alone, as the key in it is', {
    skip: process.platform === 'win32',
  }, () => {
    for (const path of [file, join(to, '.key')]) assert.equal(statSync(path).mode & 0o777, 0o600, path);
  });

  it('can be looked at with the tar of the system', (context) => {
    const names = tarNames(file);
    if (names === undefined) return context.skip('this system has no tar');
    assert.ok(names.includes('cats/dataset/Cat/0.jpg'));
  });

  it('is opened by a server as it was', async () => {
    const { store } = await makeStore(to);
    assert.deepEqual((await store.list('')).map(({ ref }) => ref.id).sort(), [PLAIN.id, THAI.id]);
  });
});

describe('a backup', () => {
  it('follows no link and waits for no pipe', { skip: process.platform === 'win32' }, async () => {
    const from = await madeFolder();
    const file = join(await tempDir(), 'class.tar');
    symlinkSync('/etc/passwd', join(from, 'cats', 'dataset', 'Cat', 'out.jpg'));
    execFileSync('mkfifo', [join(from, 'cats', 'dataset', 'Cat', 'pipe.jpg')]);
    await takeBackup(from, file);
    const to = await tempDir();
    await restoreBackup(to, file, { force: false });
    const names = await readdir(join(to, 'cats', 'dataset', 'Cat'));
    assert.deepEqual(
      names.filter((name) => ['out.jpg', 'pipe.jpg'].includes(name)),
      [],
    );
  });

  it('that cannot be finished leaves no file, and the one of before as it was', async () => {
    const from = await madeFolder();
    const folder = await tempDir();
    const file = join(folder, 'class.tar');
    await takeBackup(from, file);
    const before = await readFile(file);
    await rename(join(from, '.key'), join(from, 'aside'));
    await mkdir(join(from, '@7a', 'dogs', 'jobs'));
    await assert.rejects(takeBackup(join(from, 'nothing'), file), isMissing);
    assert.deepEqual(await readdir(folder), ['class.tar']);
    assert.deepEqual(await readFile(file), before);
  });
});

describe('a restore into a folder that has something', () => {
  it('is refused, and changes nothing', async () => {
    const file = join(await tempDir(), 'class.tar');
    await takeBackup(await madeFolder(), file);
    const { store, dir } = await makeStore();
    await uploadTo(store, { workspace: '', id: 'birds' });
    const before = await listedTree(dir);
    await assert.rejects(restoreBackup(dir, file, { force: false }), /is not empty \(birds\)/);
    assert.deepEqual(await listedTree(dir), before);
  });

  it('moves that aside where --force says so', async () => {
    const from = await madeFolder();
    const file = join(await tempDir(), 'class.tar');
    await takeBackup(from, file);
    const { store, dir } = await makeStore();
    for (const id of ['birds', 'cats']) await uploadTo(store, { workspace: '', id }, { labels: [id] });
    const before = await listedTree(join(dir, 'cats'));
    const { aside } = await restoreBackup(dir, file, { force: true });
    assert.deepEqual((await readdir(aside ?? '')).sort(), ['birds', 'cats']);
    assert.deepEqual(await listedTree(join(aside ?? '', 'cats')), before);
    assert.deepEqual(await listedTree(join(dir, 'cats')), await listedTree(join(from, 'cats'), belongs));
    assert.ok(!existsSync(join(dir, 'birds')));
  });

  it('moves it aside each time, also twice in the same moment or with a clock that was set back', async () => {
    const file = join(await tempDir(), 'class.tar');
    await takeBackup(await madeFolder(), file);
    const dir = await tempDir();
    const now = new Date('2026-11-29T12:00:00.000Z');
    const asides: string[] = [];
    for (let time = 0; time < 3; time += 1)
      asides.push(basename((await restoreBackup(dir, file, { force: true, now })).aside ?? ''));
    assert.deepEqual(asides, ['', '.before-restore-20261129T120000Z', '.before-restore-20261129T120001Z']);
    for (const name of ['cats', '@7a', '.key']) assert.ok(existsSync(join(dir, asides[2] ?? '', name)), name);
  });

  const skip = process.getuid?.() !== 0 && 'only root may give files away';
  it('gives everything to whom the folder belongs, when root restores it', { skip }, async () => {
    const file = join(await tempDir(), 'class.tar');
    await takeBackup(await madeFolder(), file);
    const dir = await tempDir();
    const [uid, gid] = [12_345, 12_346];
    await chown(dir, uid, gid);
    for (let time = 0; time < 2; time += 1) await restoreBackup(dir, file, { force: true });
    const { files, folders } = await listTree(dir);
    const stats = [...files, ...folders].map((path) => statSync(join(dir, path)));
    const owners = new Set(stats.map((one) => `${one.uid} ${one.gid}`));
    assert.deepEqual([...owners], [`${uid} ${gid}`]);
  });

  it('that was cut off before it was committed leaves nothing: the next start removes the photos that it had unpacked', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, '.restoring', 'new', 'cats', 'dataset'), { recursive: true });
    await writeFile(join(dir, '.restoring', 'new', 'cats', 'dataset', '1.jpg'), 'a photo');
    await mkdir(join(dir, 'birds'));
    await finishRestore(dir);
    assert.deepEqual(await readdir(dir), ['birds']);
  });

  it('takes no folder for a project that a system keeps at the top of a disk', async () => {
    const from = await madeFolder();
    await mkdir(join(from, 'lost+found'));
    await writeFile(join(from, 'lost+found', '#1'), 'a lost file');
    const file = join(await tempDir(), 'class.tar');
    assert.equal((await takeBackup(from, file)).projects, 3);
    const dir = await tempDir();
    await mkdir(join(dir, 'lost+found'));
    await restoreBackup(dir, file, { force: false });
    assert.deepEqual(await readdir(join(dir, 'lost+found')), []);
  });

  it('is finished later where it was cut off after any of its moves', async () => {
    for (let moves = 0; moves < 5; moves += 1) {
      const dir = await tempDir();
      const put = async (folder: string, text: string) => {
        await mkdir(join(dir, folder), { recursive: true });
        await writeFile(join(dir, folder, 'project.json'), text);
      };
      for (const name of ['birds', 'cats']) await put(name, 'old');
      for (const name of ['cats', 'dogs']) await put(`.restoring/new/${name}`, 'new');
      await cutOff(dir, moves);
      await finishRestore(dir);
      const places = [
        'cats',
        'dogs',
        '.before-restore-20261129T120000Z/birds',
        '.before-restore-20261129T120000Z/cats',
      ];
      const texts = await Promise.all(places.map((place) => readFile(join(dir, place, 'project.json'), 'utf8')));
      assert.deepEqual(texts, ['new', 'new', 'old', 'old'], `${moves} moves`);
      assert.deepEqual((await readdir(dir)).sort(), ['.before-restore-20261129T120000Z', 'cats', 'dogs']);
    }
  });
});

/** A restore that is committed, with so many of its moves done. */
async function cutOff(dir: string, moves: number): Promise<void> {
  const now = new Date('2026-11-29T12:00:00.123Z');
  const aside = '.before-restore-20261129T120000Z';
  const { unfinished, committed } = restorePaths(dir);
  await writeFile(join(unfinished, 'plan.json'), JSON.stringify({ aside, names: ['birds', 'cats'] }));
  if (moves === 4) return void (await commitRestore(dir, now));
  await rename(unfinished, committed);
  if (moves > 0) await mkdir(join(dir, aside));
  const steps = [
    ['birds', join(aside, 'birds')],
    ['cats', join(aside, 'cats')],
    ['.restored/new/cats', 'cats'],
  ] as const;
  for (const [from, to] of steps.slice(0, moves)) await rename(join(dir, from), join(dir, to));
}

function tarNames(file: string): string | undefined {
  try {
    return execFileSync('tar', ['-tf', file], { encoding: 'utf8' });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
