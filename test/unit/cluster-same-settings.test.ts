import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createSharedClock } from '../../src/cluster/clock.ts';
import { createNode } from '../../src/cluster/node.ts';
import { folderId, markOfKeys, OTHER_KEYS } from '../../src/cluster/same-settings.ts';
import { CLUSTER_TIMES } from '../../src/cluster/times.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const KEY = { workspace: '7a', key: 'river-candle-tiger' };
const OTHER = { workspace: '7b', key: 'lantern-harbor-velvet' };

describe('the mark of the keys of a process', () => {
  it('is that of every process with the same ones, in whatever order', async () => {
    const folder = await tempDir();
    const mark = await markOfKeys(folder, { keys: [KEY, OTHER] });
    assert.equal(await markOfKeys(folder, { keys: [OTHER, KEY] }), mark);
    assert.equal(await markOfKeys(folder, {}), await markOfKeys(folder, { keys: [], openToAll: false }));
    assert.equal(await folderId(folder), await folderId(folder));
  });

  it('is another one for other keys, classrooms or roles, and for none', async () => {
    const folder = await tempDir();
    const all = [
      { keys: [KEY] },
      { keys: [{ ...KEY, key: OTHER.key }] },
      { keys: [{ ...KEY, workspace: '7b' }] },
      { keys: [{ ...KEY, role: 'teacher' as const }] },
      { keys: [] },
      { keys: [], openToAll: true },
    ];
    const marks: (string | undefined)[] = [];
    for (const config of all) marks.push(await markOfKeys(folder, config));
    assert.equal(new Set(marks).size, all.length);
  });

  it('cannot be guessed by whoever reads it in Redis: it needs a secret of the folder', async () => {
    const [one, other] = [await tempDir(), await tempDir()];
    assert.notEqual(await markOfKeys(one, { keys: [KEY] }), await markOfKeys(other, { keys: [KEY] }));
    const secret = join(one, '.cluster-secret');
    assert.equal(statSync(secret).mode & 0o777, 0o600);
    assert.notEqual(readFileSync(secret, 'utf8').trim(), await folderId(one));
  });
});

/** The stream of messages alone. */
function fakeRedis() {
  const entries: [id: string, fields: string[]][] = [];
  const reader = {
    on: () => undefined,
    disconnect: () => undefined,
    async xread(...of: readonly unknown[]) {
      const from = Number(String(of.at(-1)).split('-')[0]);
      const found = entries.filter(([id]) => Number(id.split('-')[0]) > from);
      await pause(2);
      return found.length > 0 ? [['feed', found]] : null;
    },
  };
  return {
    duplicate: () => reader,
    time: async () => ['0', '0'],
    async eval(_script: string, _keys: number, _life: string, _stream: string, _name: string, text: string) {
      entries.push([`${entries.length + 1}-0`, ['m', text]]);
      return 'life';
    },
  };
}

describe('processes of one cluster', () => {
  const start = async (redis: ReturnType<typeof fakeRedis>, name: string, keys?: string) => {
    const said: string[] = [];
    const node = createNode({
      ...{ redis: redis as never, name, keys, times: { ...CLUSTER_TIMES, tickMs: 5 } },
      clock: createSharedClock(1, () => 0),
      mayWrite: () => true,
      report: (error) => void said.push(String(error)),
    });
    const info = () => ({ slots: 0, device: 'cpu', backend: 'torch' });
    await node.begin(info, { onMessage: () => undefined, onLoss: async () => undefined, onRestart: () => undefined });
    return { node, said };
  };

  it('say it where one has other keys, and say nothing when it has gone', async () => {
    const redis = fakeRedis();
    const [one, same] = [await start(redis, 'one', 'x'), await start(redis, 'same', 'x')];
    await until(() => one.node.others().length === 2 && same.node.others().length === 2);
    await pause(20);
    assert.deepEqual([one.said, same.said], [[], []]);
    const unknown = await start(redis, 'unknown');
    await until(() => one.node.others().length === 3);
    await pause(20);
    assert.deepEqual([one.said, unknown.said], [[], []], 'it could not write the secret');
    await unknown.node.close();
    const other = await start(redis, 'other', 'y');
    for (const { said } of [one, same, other]) await until(() => said.includes(`Error: ${OTHER_KEYS}`));
    await other.node.close();
    await until(() => one.node.others().length === 2);
    one.said.length = 0;
    await pause(20);
    assert.deepEqual(one.said, []);
    await Promise.all([one.node.close(), same.node.close()]);
  });
});
