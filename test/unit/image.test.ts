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

const compose = readFileSync('docker-compose.yml', 'utf8');

/** The services of the file by name, each with its lines. */
function services(): ReadonlyMap<string, string> {
  const [, all = ''] = /^services:\n([^]*?)^volumes:/m.exec(compose) ?? [];
  return new Map(
    all.split(/^ {2}(?=[\w-]+:)/m).flatMap((text) => {
      const name = /^[\w-]+(?=:)/.exec(text)?.[0];
      return name === undefined ? [] : [[name, text] as const];
    }),
  );
}

describe('Compose', () => {
  const has = (name: string, ...lines: RegExp[]) => {
    for (const line of lines) assert.match(services().get(name) ?? '', line, name);
  };

  it('starts one of its two single services, never both, and rotates the log', () => {
    const alone = [...services()].filter(
      ([, text]) => !/profiles: \[(cluster|host)\]/.test(text) && !text.includes('*worker'),
    );
    assert.deepEqual(
      alone.map(([, text]) => /profiles: \[(\w+)\]/.exec(text)?.[1]),
      ['gpu', 'cpu'],
    );
    assert.match(compose, /^ {2}container_name: kidbright-mai$/m);
    assert.match(compose, /max-size: 10m, max-file: "5"/);
  });

  it('has a cluster: Redis that forgets nothing and listens here alone, two web servers, a proxy, two workers', () => {
    has('redis', /--bind 127\.0\.0\.1/, /--appendonly yes/, /--maxmemory-policy noeviction/, /queue:\/data/);
    has('proxy', /deploy\/proxy\.conf:\/etc\/nginx\/nginx\.conf:ro/);
    has(
      'web-1',
      /<<: \*server/,
      /MAI_ROLE: web/,
      /MAI_PORT: 5001/,
      /MAI_HOST: 127\.0\.0\.1/,
      /MAI_TRUST_PROXY: 127\.0\.0\.1/,
    );
    has('web-2', /<<: \*web\n/, /MAI_PORT: 5002/);
    has('worker-1', /<<: \*server/, /MAI_ROLE: worker/, /healthcheck: \{ disable: true \}/);
    has('worker-2', /<<: \*worker/);
  });

  it('has workers that use the folder, and one for a computer without it', () => {
    // with a key they would fetch photos
    has('worker-1', /MAI_CLUSTER_KEY: ""/);
    has('host', /<<: \*environment/, /MAI_ROLE: worker/, /cache:\/app\/cache/, /healthcheck: \{ disable: true \}/);
    assert.doesNotMatch(services().get('host') ?? '', /projects:|MAI_CLUSTER_KEY|MAI_REDIS/);
    assert.match(readFileSync('Dockerfile', 'utf8'), /mkdir -p [^&]*\bcache\b/);
  });

  it('gives every process of the cluster a name of its own and the same Redis', () => {
    const names = [...compose.matchAll(/container_name: (\S+)/g)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(
      new Set([...compose.matchAll(/MAI_REDIS: (redis:\S+)/g)].map(([, url]) => url)),
      new Set(['redis://127.0.0.1:6379']),
    );
  });

  it('the proxy knows both web servers, lets event streams and uploads through, and says who asks', () => {
    const proxy = readFileSync('deploy/proxy.conf', 'utf8');
    const ports = [...compose.matchAll(/MAI_PORT: (500[12])$/gm)].map(([, port]) => `server 127.0.0.1:${port};`);
    for (const line of [...ports, 'proxy_buffering off;', 'proxy_request_buffering off;', 'client_max_body_size 0;'])
      assert.ok(proxy.includes(line), line);
    for (const header of ['X-Forwarded-For $remote_addr', 'X-Forwarded-Host $http_host', 'X-Forwarded-Proto $scheme'])
      assert.ok(proxy.includes(`proxy_set_header ${header};`), header);
  });
});
