import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { smallDisk } from '../helpers/small-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';

// What a person reads who runs `npm run backup` or `npm run restore`, where the system refuses something.

const PROGRAM = fileURLToPath(new URL('../fixtures/backup.ts', import.meta.url));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** As another user than root, who may do everything, where `asNobody` says so. */
async function said(projectsDir: string, args: readonly string[], asNobody = false): Promise<Said> {
  const env = { ...process.env, MAI_PROJECTS_DIR: projectsDir };
  const uid = asNobody && process.getuid?.() === 0 ? { uid: 65_534 } : {};
  try {
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { env, ...uid });
    const { stdout } = await run;
    return { code: 0, out: stdout, error: '' };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, error: stderr };
  }
}

async function folderWith(bytes: number): Promise<string> {
  const dir = await tempDir();
  await mkdir(join(dir, 'cats'));
  await writeFile(join(dir, 'cats', 'project.json'), Buffer.alloc(bytes, 'x'));
  return dir;
}

describe('a backup', () => {
  it('says how much it has; one project is no projects', async () => {
    const file = join(await tempDir(), 'b.tar');
    const { code, out } = await said(await folderWith(10), ['backup', file]);
    assert.deepEqual([code, out], [0, `${file} has 1 project: 1 files, 0.0 MB.\n`]);
  });

  it('names the folder that is missing, and the one that was named in the place of a file', async () => {
    const [dir, other] = [await folderWith(10), await tempDir()];
    const missing = await said(dir, ['backup', join(other, 'no', 'b.tar')]);
    assert.deepEqual([missing.code, missing.error], [1, `There is no folder ${join(other, 'no')}: make it first.\n`]);
    for (const task of ['backup', 'restore'])
      assert.equal((await said(dir, [task, other, '--force'])).error, `${other} is a folder: name a file in it.\n`);
    assert.deepEqual(await readdir(other), []);
  });

  it('names the file that its user may not read, and leaves nothing', async () => {
    const [dir, other] = [await folderWith(10), await tempDir()];
    for (const folder of [dir, other]) await chmod(folder, 0o777);
    await chmod(join(dir, 'cats', 'project.json'), 0o000);
    const { code, error } = await said(dir, ['backup', join(other, 'b.tar')], true);
    assert.equal(code, 1);
    assert.match(error, /^This user may not use .*cats\/project\.json \(EACCES\)\. No backup was made\. Run it as/);
    assert.deepEqual(await readdir(other), []);
  });
});

describe('a full disk', () => {
  const made = async (context: TestContext) => {
    const disk = await smallDisk(1_000_000);
    if (disk === undefined) context.skip('this user may mount no disk');
    return disk;
  };

  it('leaves no half backup, and says which disk it is', async (context) => {
    const disk = await made(context);
    if (disk === undefined) return;
    const { code, error } = await said(await folderWith(3_000_000), ['backup', join(disk, 'b.tar')]);
    assert.equal(code, 1);
    assert.equal(error, `The disk of ${disk} is full. No backup was made. Make room, or choose another disk.\n`);
    assert.deepEqual(await readdir(disk), []);
  });

  it('takes nothing of a restore, and says so', async (context) => {
    const disk = await made(context);
    if (disk === undefined) return;
    const file = join(await tempDir(), 'b.tar');
    await said(await folderWith(3_000_000), ['backup', file]);
    const { code, error } = await said(disk, ['restore', file]);
    assert.equal(code, 1);
    assert.match(error, /^The disk of .* is full\. Nothing was changed/);
    assert.deepEqual(await readdir(disk), []);
  });
});
