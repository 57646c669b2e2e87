import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { openBlobCache } from '../../src/cluster/remote/blob-cache.ts';
import { mirrorInputs } from '../../src/cluster/remote/mirror.ts';
import type { Tree } from '../../src/cluster/remote/protocol.ts';
import { createHashes, readTree } from '../../src/cluster/remote/trees.ts';
import { LABELS } from '../helpers/odd-labels.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const item = (path: string, text = path) => ({ path, sha256: sha256(text), bytes: text.length });

/** Mirrors a project into an empty folder; `fetch` gives the text of a file. */
async function mirror(project: Tree, fetch: (sha256: string) => Promise<string>) {
  const root = await tempDir();
  const cache = await openBlobCache(join(root, 'files'), 1_000);
  const over = mirrorInputs({ trees: { project } }, (name) => join(root, name), cache, {
    fetch: async (sha, _bytes, path) => writeFile(path, await fetch(sha)),
  });
  return { root, project: join(root, 'project'), over };
}

describe('the inputs of a run on a host', () => {
  it('are the same there, whatever the labels are', async () => {
    const from = await tempDir();
    const texts = new Map<string, string>();
    for (const label of [...LABELS, 'on\\off', 'C:\\', ' โปรเจค\u0301']) {
      const path = join(from, 'dataset', label, '1.jpg');
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, label);
      texts.set(sha256(label), label);
    }
    mkdirSync(join(from, 'dataset', 'empty'));
    const tree = (await readTree(from, createHashes())) ?? { files: [], folders: [] };
    const { project, over } = await mirror(tree, async (sha) => texts.get(sha) ?? '');
    await over;
    const all = (folder: string) => readdirSync(folder, { recursive: true }).sort();
    assert.deepEqual(all(project), all(from));
    assert.equal(readFileSync(join(project, 'dataset', 'on\\off', '1.jpg'), 'utf8'), 'on\\off');
  });

  it('are none, where the project has none', async () => {
    const { project, over } = await mirror({ files: [], folders: [] }, async () => '');
    await over;
    assert.deepEqual(readdirSync(project), []);
  });

  it('are not made where one would lead out, and where one cannot be fetched no more are', async () => {
    const out = await mirror({ files: [item('a'), item('../b')], folders: [] }, async () => '');
    await assert.rejects(out.over, /leads out of its folder/);
    assert.ok(!readdirSync(out.root).includes('project'));
    let asked = 0;
    const files = Array.from({ length: 100 }, (_, at) => item(`${at}`));
    const failed = await mirror({ files, folders: [] }, async () => {
      asked += 1;
      throw new Error('the run is over');
    });
    await assert.rejects(failed.over, /the run is over/);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(asked < 10, `${asked} were fetched`);
  });
});
