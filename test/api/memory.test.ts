import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { crc32 } from '../../src/projects/zip/crc32.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { GOOD_PROJECT } from '../helpers/hostile-zips.ts';
import { centralHeader, endRecord, localHeader } from '../helpers/raw-zip.ts';

const MB = 1_000_000;
const PHOTOS = 150;
const block = randomBytes(2 * MB);

/** A form with a zip of 300 MB, made while it is sent. */
function* form(): Generator<Buffer> {
  yield Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="project"; filename="blob"\r\nContent-Type: application/zip\r\n\r\n',
  );
  const directory: Buffer[] = [];
  let offset = 0;
  const members = [
    { name: 'project.json', data: Buffer.from(GOOD_PROJECT.content as string) },
    ...Array.from({ length: PHOTOS }, (_, n) => ({ name: `dataset/Cat/${n}.jpg`, data: block })),
  ];
  const blockCrc = crc32(block);
  for (const { name, data } of members) {
    const fields = {
      flags: 0x800,
      method: 0,
      crc: data === block ? blockCrc : crc32(data),
      compressed: data.length,
      size: data.length,
      extra: Buffer.alloc(0),
    };
    const header = localHeader(Buffer.from(name), fields);
    directory.push(centralHeader(Buffer.from(name), fields, 0, offset));
    offset += header.length + data.length;
    yield header;
    for (let at = 0; at < data.length; at += 65_536) yield data.subarray(at, at + 65_536);
  }
  const bytes = Buffer.concat(directory);
  yield Buffer.concat([
    bytes,
    endRecord(members.length, bytes.length, offset),
    Buffer.from('\r\n--b\r\nContent-Disposition: form-data; name="project_id"\r\n\r\nlarge\r\n--b--\r\n'),
  ]);
}

async function upload(base: string): Promise<string> {
  const post = request(`${base}/upload`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  });
  const answer = new Promise<string>((resolve, reject) =>
    post.on('response', (response) => resolve(text(response))).on('error', reject),
  );
  Readable.from(form()).pipe(post);
  return answer;
}

test('an upload of 300 MB is received and unpacked in constant memory', async (t) => {
  const { listen } = await buildTestApp();
  const base = await listen();
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  assert.deepEqual(JSON.parse(await upload(base)), { result: 'success' });
  clearInterval(watch);
  const grown = Math.round((peak - before) / MB);
  t.diagnostic(`client and server together grew by ${grown} MB`);
  assert.ok(grown < 120, `grew by ${grown} MB`);
});
