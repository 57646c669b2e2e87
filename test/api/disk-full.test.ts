import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { smallDisk } from '../helpers/small-disk.ts';

const disk = await smallDisk(4_000_000);
const skip = disk === undefined ? 'this user may not mount a small disk' : false;

test('a full disk is said in a sentence, and the project stays as it was', { skip }, async () => {
  const projectsDir = disk ?? assert.fail();
  const { app, listen } = await buildTestApp({ projectsDir });
  const base = await listen();
  const send = async (bytes: number) => {
    const zip = await makeProjectZip({
      labels: ['New'],
      filesPerLabel: 1,
      members: { 'dataset/New/large.jpg': randomBytes(bytes) },
    });
    const { payload, headers } = uploadForm('p1', zip);
    return fetch(`${base}/upload`, { method: 'POST', headers, body: new Uint8Array(payload) });
  };
  const old = uploadForm('p1', await makeProjectZip({ labels: ['Old'] }));
  assert.equal((await app.inject({ method: 'POST', url: '/upload', ...old })).statusCode, 200);
  // full while it is received, and full while it is unpacked
  for (const bytes of [6_000_000, 2_500_000]) {
    const response = await send(bytes);
    const { code, reason } = (await response.json()) as { code: string; reason: string };
    assert.deepEqual([response.status, code], [507, 'disk_full']);
    assert.match(reason, /disk of the server is full/);
    const { labels } = (await app.inject('/projects/p1')).json<{ labels: string[] }>();
    assert.deepEqual([readdirSync(join(projectsDir, '.incoming')), labels], [[], ['Old']]);
  }
  // what fits goes on
  assert.equal((await send(500_000)).status, 200);
});
