import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { whyNotReady } from '../../tools/update/trial.mjs';
import { update } from '../../tools/update/update.mjs';
import { tempDir } from '../helpers/temp-dir.ts';

const READY = `import { createServer } from 'node:http';
const server = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1', () =>
  console.log('Type this: http://127.0.0.1:' + server.address().port));`;
const BROKEN = `console.error('The server could not start: a package is missing'); process.exit(1);`;
const DEAF = `import { createServer } from 'node:http';
const server = createServer((_, answer) => { answer.statusCode = 503; answer.end(); }).listen(0, '127.0.0.1', () =>
  console.log('Type this: http://127.0.0.1:' + server.address().port));`;

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
  });

/** A program in version one, cloned; `release` publishes another one. */
async function installed() {
  const [origin, root] = [await tempDir(), join(await tempDir(), 'clone')];
  git(origin, 'init', '-q', '-b', 'main');
  const release = (version: string, start: string, setup = '', more: Readonly<Record<string, string>> = {}) => {
    const files = {
      ...more,
      version,
      'tools/start.mjs': start,
      'tools/setup/server-only.mjs': `import { appendFileSync } from 'node:fs'; appendFileSync('.git/set-up', '${version} ');${setup}`,
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(origin, name)), { recursive: true });
      writeFileSync(join(origin, name), text);
    }
    git(origin, 'add', '-A');
    git(origin, 'commit', '-qm', version);
  };
  release('one', READY);
  git(origin, 'clone', '-q', origin, root);
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  return { root, release, read, said: [] as string[] };
}

describe('npm run update', () => {
  it('puts a newer version in place that starts here', async () => {
    const { root, release, read, said } = await installed();
    release('two', READY);
    await update({ root, say: (text) => said.push(text) });
    assert.deepEqual([read('version'), read('.git/set-up')], ['two', 'two ']);
    assert.match(said.at(-1) ?? '', /Start the server again/);
  });

  for (const [what, start, setup, why] of [
    ['does not start', BROKEN, '', /does not start here: it ends: .*a package is missing/],
    ['never gets ready', DEAF, '', /does not start here: it is not ready after/],
    ['cannot be set up', READY, "console.error('Error: no network'); process.exit(1);", /set-up failed: .*no network/],
  ] as const)
    it(`goes back to the version of before where the new one ${what}`, async () => {
      const { root, release, read } = await installed();
      release('two', start, setup);
      await assert.rejects(update({ root, say: () => undefined, deadlineMs: 3_000 }), why);
      assert.equal(read('version'), 'one');
      assert.match(read('.git/set-up'), /one $/, 'with its packages');
      assert.equal(git(root, 'status', '--porcelain'), '');
    });

  it('does nothing where this is the newest, and says so', async () => {
    const { root, read, said } = await installed();
    await update({ root, say: (text) => said.push(text) });
    assert.deepEqual([read('version'), said], ['one', ['This is the newest version already.']]);
  });

  it('an older version is none to update to: it says how to go back', async () => {
    const { root, release, read } = await installed();
    git(root, 'tag', 'v1');
    release('two', READY);
    await update({ root, say: () => undefined });
    await assert.rejects(update({ root, to: 'v1' }), /v1 is older.*git reset --keep v1.*restore the backup/);
    assert.equal(read('version'), 'two');
  });

  it('says what to do where there is no such version, no branch, commits of its own, or a file in the way', async () => {
    const { root, release, read } = await installed();
    await assert.rejects(update({ root, to: 'v9' }), /no version v9: git tag lists them/);
    await assert.rejects(update({ root, to: '--abort' }), /no version --abort/);
    release('two', READY);
    writeFileSync(join(root, 'mine'), 'mine');
    git(root, 'add', '-A');
    git(root, 'commit', '-qm', 'mine');
    await assert.rejects(update({ root }), /commits of its own/);
    git(root, 'checkout', '-q', '--detach', 'HEAD~1');
    await assert.rejects(update({ root }), /follows no branch.*git switch main/);
    assert.equal(read('version'), 'one');
  });

  it('leaves a file alone that is in the way of a new one, and names it', async () => {
    const { root, release, read } = await installed();
    release('two', READY, '', { 'notes.txt': 'theirs' });
    writeFileSync(join(root, 'notes.txt'), 'mine');
    await assert.rejects(update({ root }), /Nothing was changed.*notes\.txt.*[Mm]ove or remove/);
    assert.deepEqual([read('version'), read('notes.txt')], ['one', 'mine']);
  });

  it('ends a server of the new version that does not stop when it is asked to', async () => {
    const root = await tempDir();
    mkdirSync(join(root, 'tools'));
    writeFileSync(join(root, 'tools/start.mjs'), `process.on('SIGTERM', () => undefined);\n${READY}`);
    assert.equal(await whyNotReady(root, 30_000, 100), undefined);
  });

  it('is refused while a server runs from here, and not while one runs elsewhere', async (t) => {
    if (process.platform !== 'linux') return t.skip('looks for the server in /proc');
    const [{ root, release, read, said }, elsewhere] = await Promise.all([installed(), installed()]);
    release('two', READY);
    const servers = [root, elsewhere.root].map((cwd) => spawn(process.execPath, ['tools/start.mjs'], { cwd }));
    t.after(() => servers.map((server) => server.kill()));
    const [here, other] = servers;
    await Promise.all(servers.map((server) => once(server.stdout, 'data')));
    await assert.rejects(update({ root }), new RegExp(`process ${here?.pid}\\).*stop it first`));
    assert.equal(read('version'), 'one');
    here?.kill();
    await once(here ?? assert.fail(), 'exit');
    await update({ root, say: (text) => said.push(text) });
    assert.deepEqual([read('version'), other?.exitCode], ['two', null]);
  });

  it('is refused where files of the program were changed, or where it was copied', async () => {
    const { root, release, read } = await installed();
    release('two', READY);
    writeFileSync(join(root, 'version'), 'mine');
    await assert.rejects(update({ root }), /were changed here/);
    assert.equal(read('version'), 'mine');
    await assert.rejects(update({ root: await tempDir() }), /no git checkout/);
  });
});
