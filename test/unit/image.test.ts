import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { environmentPython } from '../../tools/setup/environment.mjs';

// No Docker engine runs in the tests: what can be checked without one is that each step has the files it needs.

const lines = readFileSync('Dockerfile', 'utf8').split('\n');
const copies = lines.flatMap((line, index) => {
  const match = /^COPY --chown=\S+ (.+)$/.exec(line);
  const paths = match?.[1]?.split(' ') ?? [];
  return match ? [{ index, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }] : [];
});
const stepOf = (word: string) => lines.findIndex((line) => line.startsWith('RUN') && line.includes(word));

/** What the build has in its folder when it comes to a step. */
function layOut(before: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'mai-image-'));
  for (const { index, sources, target } of copies) {
    if (index > before) continue;
    for (const source of sources.filter((path) => existsSync(path))) {
      const isFolder = !target.endsWith('/') && target !== './';
      const path = isFolder ? target : join(target, basename(source));
      cpSync(source, join(folder, path), { recursive: true, filter: (name) => !name.includes('__pycache__') });
    }
  }
  return folder;
}

describe('the image', () => {
  it('copies only what is there; weights need not be', () => {
    const missing = copies.flatMap(({ sources }) => sources).filter((source) => !existsSync(source));
    assert.deepEqual(missing, ['weight[s]'], 'the brackets make it a pattern that may match nothing');
  });

  it('fetches the weights before the code is there, and again only when they change', (context) => {
    if (!existsSync(environmentPython(resolve('.')))) return context.skip('the Python environment is not installed');
    const folder = layOut(stepOf('fetch_weights'));
    const help = execFileSync(environmentPython(resolve('.')), [join(folder, 'tools', 'fetch_weights.py'), '--help'], {
      encoding: 'utf8',
    });
    const say = "from mai.sentences import sentence; print(sentence('disk_full', {}))";
    const sentence = execFileSync(environmentPython(resolve('.')), ['-c', say], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: join(folder, 'python') },
    });
    rmSync(folder, { recursive: true });
    assert.match(help, /--optional/);
    assert.match(sentence, /disk/i, 'what a weight file is refused for is said in words');
    assert.ok(
      stepOf('fetch_weights') < lines.findIndex((line) => line.endsWith(' src src')),
      'a change of the code must not fetch them again',
    );
  });

  it('installs the packages from the files it has by then', () => {
    const folder = layOut(stepOf('server-only'));
    writeFileSync(join(folder, 'try.mjs'), "await import('./tools/setup/set-up.mjs');");
    execFileSync(process.execPath, [join(folder, 'try.mjs')]);
    const names = ['package.json', 'package-lock.json', 'tools/setup/server-only.mjs', 'python/requirements.txt'];
    const missing = names.filter((name) => !existsSync(join(folder, name)));
    rmSync(folder, { recursive: true });
    assert.deepEqual(missing, []);
  });

  it('installs the compiler for kidbright-mai-plus only where it is asked for, from the files it has by then', () => {
    const step = stepOf('setup-plus');
    assert.match(lines[step] ?? '', /^RUN \[ "\$\{PLUS\}" != yes \] \|\| .*node tools\/setup-plus\.mjs$/);
    const folder = layOut(step);
    const names = ['tools/setup-plus.mjs', 'python/requirements-plus.txt', 'python/plus/import_all.py'];
    const missing = names.filter((name) => !existsSync(join(folder, name)));
    writeFileSync(join(folder, 'try.mjs'), "await import('./tools/setup/plus-environment.mjs');");
    execFileSync(process.execPath, [join(folder, 'try.mjs')]);
    rmSync(folder, { recursive: true });
    assert.deepEqual(missing, []);
    assert.ok(lines.includes('ARG PLUS=no'), 'it is no part of the usual image');
  });

  it('keeps settings, projects and development files out', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    for (const name of ['.env*', '.git', 'projects/*', 'node_modules', '.venv', '.venv-plus', 'test'])
      assert.ok(ignored.includes(name), name);
    assert.ok(!ignored.includes('weights'), 'weights put there by hand are used');
    assert.match(readFileSync('tools/setup/node-packages.mjs', 'utf8'), /servingOnly \? \['--omit=dev'\]/);
  });
});

it('Compose starts one of its two services, never both, and rotates the log', () => {
  const compose = readFileSync('docker-compose.yml', 'utf8');
  assert.deepEqual(
    [...compose.matchAll(/^ {4}profiles: \[(\w+)\]/gm)].map((match) => match[1]),
    ['gpu', 'cpu'],
  );
  assert.match(compose, /^ {2}container_name: kidbright-mai$/m);
  assert.match(compose, /max-size: 10m, max-file: "5"/);
});
