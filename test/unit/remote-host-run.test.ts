import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openBlobCache } from '../../src/cluster/remote/blob-cache.ts';
import { Refused, type RunLink, Unreachable, type WebServer } from '../../src/cluster/remote/client.ts';
import { startHostRun } from '../../src/cluster/remote/host-run.ts';
import type { OutputItem } from '../../src/cluster/remote/protocol.ts';
import type { Child } from '../../src/child/child.ts';
import { spawnChild } from '../../src/child/spawn.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const WORK = { entry: 'convert' as const, flags: [], folders: ['project' as const, 'output' as const] };
const END = JSON.stringify({ event: 'convert_model_end', time: 1, model: 'm', seconds: 1 });

/** A run whose child writes an output and a last line; `link`: what the web server does otherwise than well. */
async function run(
  link: Partial<RunLink>,
  script = `mkdir -p "$1" && echo made > "$1/model.pth" && echo '${END}'`,
  before: (root: string) => void = () => undefined,
) {
  const root = await tempDir();
  const said: string[] = [];
  const children: Child[] = [];
  const good: RunLink = {
    manifest: async () => ({ trees: {} }),
    fetch: async () => undefined,
    send: async () => void said.push('sent'),
    list: async () => (said.includes('sent') ? [] : ['0'.repeat(64)]),
    output: async (_from, items: readonly OutputItem[]) =>
      void said.push(...items.map((item) => ('text' in item ? String(JSON.parse(item.text).event) : 'stderr'))),
    end: async ({ code, orphaned }) => void said.push(orphaned ? 'again' : `exit ${code}`),
  };
  const server = { run: () => ({ ...good, ...link }) } as unknown as WebServer;
  const options = {
    ...{ cache: await openBlobCache(join(root, 'files'), 1_000), runsDir: join(root, 'runs'), sharedCache: root },
    own: { device: 'cpu', threads: 1, weightsDir: undefined },
    take(handlers: Parameters<typeof spawnChild>[1]) {
      const runs = readdirSync(join(root, 'runs'));
      const output = join(root, 'runs', runs[0] ?? '', 'output');
      const child = { file: '/bin/sh', args: ['-c', script, 'sh', output], env: { PATH: '/bin:/usr/bin' } };
      children.push(spawnChild(child, handlers));
      return { child: children[0] as Child, warm: false };
    },
    report: () => undefined,
  };
  before(root);
  const one = startHostRun(options, server, 'run', WORK);
  return { root, said, one, children };
}

describe('a run on a host', { timeout: 60_000 }, () => {
  it('sends what a line promises before the line', async () => {
    const content: string[] = [];
    const { said, one, root } = await run({
      async list(_folder, files) {
        content.push(...files.map(({ sha256 }) => sha256));
        return said.includes('sent') ? [] : files.map(({ sha256 }) => sha256);
      },
    });
    await one.over;
    assert.deepEqual(said, ['sent', 'convert_model_end', 'exit 0']);
    assert.equal(new Set(content).size, 1);
    assert.deepEqual(readdirSync(join(root, 'runs')), []);
  });

  it('tries again what the network did not take', async () => {
    let tries = 0;
    const { said, one } = await run({
      async list() {
        tries += 1;
        if (tries === 1) throw new Unreachable('the connection was cut');
        return [];
      },
    });
    await one.over;
    assert.deepEqual([said, tries > 1], [['convert_model_end', 'exit 0'], true]);
  });

  it('ends its job where the disk of the web server is full, with that reason', async () => {
    const { said, one } = await run({ list: () => Promise.reject(new Refused(507, 'a folder')) });
    await one.over;
    assert.deepEqual(said, ['error', 'exit 1']);
  });

  it('leaves it to another child where anything else is wrong', async () => {
    const { said, one } = await run({ manifest: () => Promise.reject(new Error('not the inputs of a run')) });
    await one.over;
    assert.deepEqual(said, ['again']);
  });

  it('is over, with its child and its folder, when it is abandoned', async () => {
    const { said, one, root, children } = await run({}, 'sleep 600');
    await until(() => children.length > 0, 20_000, 'its child');
    one.abandon();
    await one.over;
    assert.equal(children[0]?.running, false);
    assert.ok(!said.includes('again'));
    assert.deepEqual(readdirSync(join(root, 'runs')), []);
  });

  it('is left to another child where there is no room or right for its folder', async () => {
    const { said, one, children } = await run({}, 'true', (root) => writeFileSync(join(root, 'runs'), 'no folder'));
    await one.over;
    assert.deepEqual([said, children.length], [['again'], 0]);
  });

  it('says that it has ended early until that arrives', async () => {
    let tries = 0;
    const { one } = await run({
      manifest: () => Promise.reject(new Error('not the inputs of a run')),
      async end() {
        tries += 1;
        if (tries < 3) throw new Unreachable('the connection was cut');
      },
    });
    await one.over;
    assert.equal(tries, 3);
  });

  it('makes its folders again where somebody has deleted the cache', async () => {
    const { said, one } = await run({ list: async () => [] }, undefined, (root) => rmSync(root, { recursive: true }));
    await one.over;
    assert.equal(said.at(-1), 'exit 0');
  });
});
