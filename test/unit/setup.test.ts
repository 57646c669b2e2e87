import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { alone } from '../../tools/setup/alone.mjs';
import { newestThatFits } from '../../tools/setup/find-python.mjs';
import { isNewEnough } from '../../tools/setup/node-packages.mjs';

const run = promisify(execFile);
const ASK = `import { findPython } from ${JSON.stringify(resolve('tools/setup/find-python.mjs'))};
try { console.log(JSON.stringify(await findPython(process.argv[1] ?? ''))); } catch (error) { console.log(error.message); }`;

describe('the Python of the environment', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mai-python-'));
    await symlink(process.execPath, join(folder, 'node'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A stand-in that answers the one question of the set-up. */
  const install = async (name: string, version: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\necho ${version}\n`);
    await chmod(join(folder, name), 0o755);
  };
  const find = async (wanted = '') => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', ASK, wanted], {
      env: { PATH: folder },
    });
    return stdout.trim();
  };

  it('is refused where PyTorch has no build for it, with the version and what to do', async () => {
    await install('python3', '3.15.1');
    const sentence = await find();
    assert.match(sentence, /Python 3\.10 to 3\.14 is needed.*python3 is 3\.15\.1.*install one that fits/);
    await install('too-old', '3.9.18');
    assert.match(await find(join(folder, 'too-old')), /too-old is 3\.9\.18/);
    assert.match(await find('/nowhere/python'), /MAI_PYTHON is \/nowhere\/python, which does not start/);
  });

  it('is the newest that fits, whatever python3 is', async () => {
    await install('python3', '3.15.1');
    await install('python3.11', '3.11.9');
    await install('python3.13', '3.13.2');
    assert.deepEqual(JSON.parse(await find()), { command: ['python3.13'], version: '3.13.2' });
    assert.deepEqual(JSON.parse(await find(join(folder, 'python3.11'))).version, '3.11.9', 'MAI_PYTHON decides');
  });

  it('compares versions as numbers', () => {
    const python = (version: string) => ({ command: [version], version });
    assert.equal(
      newestThatFits(['3.9.20', '3.10.2', '3.13.0', '3.13.11', '3.15.0', '4.12.0'].map(python))?.version,
      '3.13.11',
    );
    assert.equal(newestThatFits(['3.9.20', '3.15.0', '2.7.18'].map(python)), undefined);
  });
});

/** A stand-in for Python 3.10: makes an environment of itself, and notes what it is asked to do. */
const PLUS_PYTHON = `#!/bin/sh
case "$*" in
  '-c '*) echo VERSION ;;
  *'-m venv'*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  *'pip'*) echo "pip $5" >> "$LOG"; [ ! -e "$LOG.fails" ] ;;
  *) echo "starts $(basename "$2")" >> "$LOG" ;;
esac
`;

describe('the environment of the compiler for kidbright-mai-plus', () => {
  let root: string;
  let log: string;
  const notes = () =>
    readFile(log, 'utf8').then(
      (text) => text.trim().split('\n'),
      () => [],
    );
  /** Set it up in a process of its own, where this folder alone holds programs. */
  const setUp = async (env: Record<string, string> = {}, machine: object = { platform: 'linux', arch: 'x64' }) => {
    const script = `import { installPlusEnvironment } from ${JSON.stringify(resolve('tools/setup/plus-environment.mjs'))};
try { console.log(await installPlusEnvironment(${JSON.stringify(root)}, ${JSON.stringify(machine)})); } catch (error) { console.log(error.message); }`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: `${root}/bin:/usr/bin:/bin`, HOME: root, LOG: log, ...env },
    });
    return stdout.trim().split('\n').at(-1) ?? '';
  };
  const installPython = async (name: string, version: string) => {
    const path = join(root, 'bin', name);
    await writeFile(path, PLUS_PYTHON.replace('VERSION', version));
    await chmod(path, 0o755);
    return path;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mai-plus-'));
    log = join(root, 'log');
    await mkdir(join(root, 'bin'));
    await mkdir(join(root, 'python'));
    await writeFile(join(root, 'python', 'requirements-plus.txt'), 'a-compiler==1\n');
  });
  afterEach(() => rm(root, { recursive: true }));

  it('is made once, and again when its packages change', async () => {
    await installPython('python3.10', '3.10.9');
    assert.deepEqual([await setUp(), await setUp()], ['true', 'false']);
    assert.deepEqual(await notes(), ['pip install', 'starts import_all.py']);
    await writeFile(join(root, 'python', 'requirements-plus.txt'), 'a-compiler==2\n');
    assert.equal(await setUp(), 'true');
  });

  it('is made anew after a set-up that was interrupted or failed', async () => {
    await installPython('python3.10', '3.10.9');
    await writeFile(`${log}.fails`, '');
    assert.match(await setUp(), /could not install the packages.*on the network/);
    await writeFile(join(root, '.venv-plus', 'half'), '');
    await rm(`${log}.fails`);
    assert.equal(await setUp(), 'true');
    assert.ok(!existsSync(join(root, '.venv-plus', 'half')));
  });

  it('takes Python 3.10 alone: of its name, of MAI_PYTHON_PLUS, or of pyenv', async () => {
    assert.match(await setUp(), /Python 3\.10 is needed.*uv python install 3\.10/);
    const newer = await installPython('python3.12', '3.12.1');
    assert.match(await setUp({ MAI_PYTHON_PLUS: newer }), /python3\.12 is 3\.12\.1/);
    assert.match(await setUp({ MAI_PYTHON_PLUS: '/nowhere' }), /MAI_PYTHON_PLUS is \/nowhere, which does not start/);
    const own = await installPython('own', '3.10.4');
    assert.equal(await setUp({ MAI_PYTHON_PLUS: own }), 'true');
    const versions = join(root, '.pyenv', 'versions', '3.10.13', 'bin');
    await mkdir(versions, { recursive: true });
    await rename(own, join(versions, 'python'));
    assert.equal(await setUp(), 'true');
  });

  it('is refused where the compiler does not run', async () => {
    assert.match(await setUp({}, { platform: 'darwin', arch: 'x64' }), /Linux with an x86-64.*darwin on x64/);
    assert.match(await setUp({}, { platform: 'linux', arch: 'arm64' }), /Linux with an x86-64.*linux on arm64/);
    assert.ok(!existsSync(join(root, '.venv-plus')));
  });
});

it('Node is taken where the packages of the server can be loaded, as package.json says', async () => {
  const refused = ['18.20.4', '20.18.9', '21.0.0', '21.7.3', '22.0.0', '22.11.0'];
  const taken = ['20.19.0', '20.20.0', '22.12.0', '22.22.1', '23.0.0', '24.0.0', '26.10.0'];
  assert.deepEqual([refused.filter(isNewEnough), taken.filter(isNewEnough)], [[], taken]);
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
  assert.equal(engines.node, '^20.19.0 || >=22.12.0');
});

describe('a set-up by a user who may not write where the program lies', { skip: process.platform === 'win32' }, () => {
  const PARTS = [
    ['node-packages', 'installNodePackages', 'The npm packages are .*Run npm run setup there'],
    ['python-packages', 'installPythonPackages', 'The Python packages are .*Run npm run setup there'],
    ['page-bundle', 'pageBundle', 'The files that are made of the sources are .*Run node tools/start.mjs --help there'],
    ['server-bundle', 'serverBundle', 'The files that are made of the sources are .*Run node tools/start'],
  ] as const;
  for (const [file, name, sentence] of PARTS)
    it(`is refused in one sentence, and nothing is removed: ${file}`, async (t) => {
      const root = await mkdtemp(join(tmpdir(), 'mai-read-only-'));
      t.after(() => rm(root, { recursive: true }));
      await mkdir(join(root, 'python'));
      await mkdir(join(root, '.venv'));
      for (const path of ['package-lock.json', 'python/requirements.txt', 'python/requirements-dev.txt'])
        await writeFile(join(root, path), '{}');
      await chmod(root, 0o555);
      const program = `import { ${name} } from ${JSON.stringify(resolve(`tools/setup/${file}.mjs`))};
        await ${name}(process.argv[1], {}).catch((error) => console.log(error.constructor.name, error.message));`;
      // root may write everywhere
      const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program, root], nobody);
      assert.match(stdout, new RegExp(`^SetupError ${sentence}`));
      assert.ok(existsSync(join(root, '.venv')));
    });
});

describe('set-ups of the same folder at once', () => {
  const program = `import { appendFileSync } from 'node:fs';
    import { alone } from ${JSON.stringify(resolve('tools/setup/alone.mjs'))};
    const [, root] = process.argv;
    await alone(root, async () => {
      appendFileSync(root + '/log', 'begin ');
      await new Promise((resolve) => setTimeout(resolve, 100));
      appendFileSync(root + '/log', 'end ');
    });`;

  it('wait for each other; one that was killed keeps nobody waiting', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'mai-at-once-'));
    t.after(() => rm(root, { recursive: true }));
    await mkdir(join(root, 'dist'));
    // of a process that is gone: ids are smaller
    await writeFile(join(root, 'dist', 'set-up.pid'), '99999999');
    await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', program, root])));
    assert.equal(await readFile(join(root, 'log'), 'utf8'), 'begin end '.repeat(3));
    assert.deepEqual(await readdir(join(root, 'dist')), []);
  });

  it('say whom they wait for, and give up one day', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'mai-at-once-'));
    t.after(() => rm(root, { recursive: true }));
    await mkdir(join(root, 'dist'));
    await writeFile(join(root, 'dist', 'set-up.pid'), String(process.pid));
    await assert.rejects(
      alone(root, () => assert.fail('not alone'), 10),
      new RegExp(`does not end \\(process ${process.pid}\\)`),
    );
    // from before this computer was started: the id is another process's now
    await utimes(join(root, 'dist', 'set-up.pid'), 0, 0);
    let isDone = false;
    await alone(root, async () => void (isDone = true), 10);
    assert.ok(isDone);
  });
});
