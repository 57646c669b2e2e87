import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
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
  const release = (version: string, start: string, setup = '') => {
    const files = {
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

  it('is refused where files of the program were changed, or where it was copied', async () => {
    const { root, release, read } = await installed();
    release('two', READY);
    writeFileSync(join(root, 'version'), 'mine');
    await assert.rejects(update({ root }), /were changed here/);
    assert.equal(read('version'), 'mine');
    await assert.rejects(update({ root: await tempDir() }), /no git checkout/);
  });
});
