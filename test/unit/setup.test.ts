import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
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

it('Node is taken where the packages of the server can be loaded, as package.json says', async () => {
  const refused = ['18.20.4', '20.18.9', '21.0.0', '21.7.3', '22.0.0', '22.11.0'];
  const taken = ['20.19.0', '20.20.0', '22.12.0', '22.22.1', '23.0.0', '24.0.0', '26.10.0'];
  assert.deepEqual([refused.filter(isNewEnough), taken.filter(isNewEnough)], [[], taken]);
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
  assert.equal(engines.node, '^20.19.0 || >=22.12.0');
});
