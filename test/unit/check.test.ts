import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkParts, formatCommands } from '../../tools/check/parts.mjs';
import { runParts } from '../../tools/check/run-parts.mjs';
import { newestThatFits } from '../../tools/setup/find-python.mjs';
import { isNewEnough } from '../../tools/setup/node-packages.mjs';
import { tempDir } from '../helpers/temp-dir.ts';

const script = (name: string, code: string) => ({
  name,
  command: [process.execPath, '-e', code],
  mend: `mend ${name}`,
});
const check = async (parts: Parameters<typeof runParts>[0], lanes: number) => {
  const lines: string[] = [];
  const failed = await runParts(parts, { cwd: await tempDir(), lanes, print: (line: string) => lines.push(line) });
  return { failed, text: lines.join('\n') };
};

describe('npm run check', () => {
  it('shows what failed and how to mend it, and goes on with the rest', async () => {
    const parts = [
      script('bad', 'console.log("line one"); console.error("line two"); process.exitCode = 3'),
      { name: 'gone', command: [join('no', 'such', 'program')], mend: 'install it' },
      script('good', 'console.log("nobody needs to read this")'),
    ];
    const { failed, text } = await check(parts, 1);
    assert.deepEqual(failed, ['bad', 'gone']);
    assert.match(text, /FAILED {2}bad +\d+\.\d s\n {4}line one\n {4}line two\n {4}To mend it: mend bad/);
    assert.match(text, /FAILED {2}gone[^]*ENOENT[^]*To mend it: install it/);
    assert.match(text, /ok +good +\d+\.\d s\n/);
    assert.match(text, /Failed: bad, gone \( *\d/);
    assert.doesNotMatch(text, /nobody needs/);
  });

  it('runs so many parts at once, and no more', async () => {
    const folder = JSON.stringify(await tempDir());
    // Each waits until the other has begun: one after the other they would both give up.
    const meet = (own: string, other: string) => `
      const fs = require('node:fs'), path = require('node:path'), until = Date.now() + 20000;
      fs.writeFileSync(path.join(${folder}, '${own}'), '');
      const look = () => fs.existsSync(path.join(${folder}, '${other}')) ? 0 : Date.now() > until ? process.exit(1) : setTimeout(look, 20);
      look();`;
    assert.deepEqual((await check([script('a', meet('a', 'b')), script('b', meet('b', 'a'))], 2)).failed, []);

    const log = JSON.stringify(join(await tempDir(), 'log'));
    const note = (name: string) => `
      const fs = require('node:fs');
      fs.appendFileSync(${log}, '${name} begins ');
      setTimeout(() => fs.appendFileSync(${log}, '${name} ends '), 50);`;
    await check([script('c', note('c')), script('d', note('d'))], 1);
    assert.equal(readFileSync(JSON.parse(log) as string, 'utf8'), 'c begins c ends d begins d ends ');
  });

  it('says why a part is skipped: types of Python where numpy is too old to have good ones', async () => {
    const skipped = (version: string) => checkParts('.', 'python', version).filter((part) => part.skip !== undefined);
    assert.deepEqual(
      skipped('3.10.13').map(({ name }) => name),
      ['python-types'],
    );
    assert.deepEqual([...skipped('3.11.7'), ...skipped('3.13.0'), ...skipped('3.14.1')], []);
    const { failed, text } = await check(skipped('3.10.13'), 1);
    assert.deepEqual(failed, []);
    assert.match(text, /^skipped python-types: the last numpy/);
  });

  it('has parts and commands whose files are there', () => {
    const commands = [
      ...checkParts('.', 'python', '3.13.0').map(({ command }) => command),
      ...formatCommands('python'),
    ];
    const files = commands.flat().filter((word) => /^(test|node_modules|python)[\\/]/.test(word));
    assert.ok(files.length >= 10);
    assert.deepEqual(
      files.filter((file) => !existsSync(file)),
      [],
    );
  });
});

describe('the rule for the bodies of describes', () => {
  const biome = join(process.cwd(), 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const rule = join(process.cwd(), 'tools', 'check', 'describe.grit');
  const lint = async (code: string) => {
    const folder = await tempDir();
    await writeFile(join(folder, 'biome.json'), JSON.stringify({ plugins: [rule] }));
    await writeFile(join(folder, 'some.test.js'), code);
    const { status, stderr } = spawnSync(process.execPath, [biome, 'lint', '--only=plugin', '.'], { cwd: folder });
    return { status, says: /not async: .* setUp/.test(String(stderr)) };
  };

  for (const body of ['async () => {}', "{ skip: true }, async () => { it('b', () => 1); }", 'async function () {}'])
    it(`finds ${body}`, async () => {
      assert.deepEqual(await lint(`describe('a', ${body});`), { status: 1, says: true });
    });

  it('leaves asynchronous tests alone', async () => {
    const code = "describe('a', () => { it('b', async () => 1); });";
    assert.deepEqual(await lint(code), { status: 0, says: false });
  });
});

describe('the public CI', () => {
  const workflow = readFileSync(join('.github', 'workflows', 'ci.yml'), 'utf8');
  const found = (pattern: RegExp) => [...workflow.matchAll(pattern)].map(([, value = '']) => value);

  it('runs commands that package.json has, the first two as .ci/run does', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const commands = found(/- run: (.+)/g);
    assert.deepEqual(commands, ['npm run check', 'npm test', 'npm run setup:plus', 'npm run test:plus']);
    for (const command of commands) assert.ok((command.split(' ').at(-1) ?? '') in scripts, command);
    for (const command of commands.slice(0, 2))
      assert.ok(readFileSync(join('.ci', 'run'), 'utf8').includes(command), command);
  });

  it('tries versions that the set-up takes', () => {
    const nodes = found(/node: '([\d.]+)'/g);
    const pythons = found(/python: '([\d.]+)'/g);
    assert.deepEqual([...new Set(nodes)], ['20', '22', '24']);
    assert.ok(nodes.every((version) => isNewEnough(`${version}.99.0`)));
    assert.deepEqual([...new Set(pythons)], ['3.10', '3.11', '3.12', '3.13']);
    for (const version of pythons) assert.ok(newestThatFits([{ command: [], version: `${version}.0` }]), version);
  });
});
