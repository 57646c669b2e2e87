import assert from 'node:assert/strict';
import { readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { ODD_IDS } from '../helpers/odd-ids.ts';
import { sampleClient } from '../helpers/sample-client.ts';

/** A PNG of 3 × 1 pixels: red, green, blue. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAAEklEQVR4nGP4z8DA8J+BgeE/AA77Av5TyawRAAAAAElFTkSuQmCC',
  'base64',
);

const { config, listen } = await buildTestApp();
const { upload, samplesOf, fetchOf } = sampleClient(await listen());

describe('the file of a sample', () => {
  it('can be had of every project, and nothing else of the disk can', async () => {
    await upload('many');
    for (const id of ODD_IDS) await upload(id, { filesPerLabel: 1 });
    for (const id of ODD_IDS) {
      const [first] = (await samplesOf(id)).samples;
      const got = await fetchOf(id, first?.id ?? '', 'file');
      assert.deepEqual([got.status, await got.text()], [200, 'photo 0 of Cat'], id);
    }
    const hostile = ['..', '%2e%2e', '..%2F..%2Fproject.json', 'dataset%2FCat%2F0.jpg', '%00', 'ก', 'ABCDEF0123456789'];
    for (const sample of [...hostile, '0123456789abcde', sampleIdOf('project.json'), sampleIdOf('dataset/Cat/9.jpg')])
      for (const what of ['file', 'thumbnail']) {
        const got = await fetchOf('many', sample, what);
        assert.ok([400, 404].includes(got.status), `${sample}/${what}: ${got.status}`);
      }
  });

  it('is never a page with a program, and never what a link leads to', async () => {
    const page = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    await upload('page', { filesPerLabel: 1, members: { 'dataset/Cat/p.jpg': page, 'dataset/Cat/q.png': PNG } });
    const { samples } = await samplesOf('page');
    const idOf = (name: string) => samples.find(({ file }) => file.endsWith(name))?.id ?? '';
    const got = await fetchOf('page', idOf('p.jpg'), 'file');
    assert.deepEqual(
      ['content-type', 'content-disposition', 'content-security-policy', 'x-content-type-options'].map((name) =>
        got.headers.get(name),
      ),
      ['application/octet-stream', 'attachment', "default-src 'none'; sandbox", 'nosniff'],
    );
    const png = await fetchOf('page', idOf('q.png'), 'file', { range: 'bytes=1-3' });
    assert.deepEqual([png.status, png.headers.get('content-type'), await png.text()], [206, 'image/png', 'PNG']);
    const path = join(config.projectsDir, 'page', 'dataset', 'Cat', 'q.png');
    await rm(path);
    await symlink(join(config.projectsDir, 'page', 'project.json'), path);
    assert.equal((await fetchOf('page', idOf('q.png'), 'file')).status, 404);
  });
});

describe('a small picture', () => {
  const small = (sample: string, id = 'p', headers = {}) => fetchOf(id, sample, 'thumbnail', headers);
  const folder = join(config.projectsDir, 'p', 'cache', 'thumbnails');

  it('is made once for each content, and named by it', async () => {
    const photos = { 'dataset/Cat/0.jpg': PNG, 'dataset/Dog/0.jpg': PNG, 'dataset/Cat/1.jpg': 'no photo' };
    await upload('p', { filesPerLabel: 0, members: photos });
    const id = sampleIdOf('dataset/Cat/0.jpg');
    const both = await Promise.all([small(id), small(sampleIdOf('dataset/Dog/0.jpg')), small(id)]);
    for (const got of both) assert.deepEqual([got.status, got.headers.get('content-type')], [200, 'image/jpeg']);
    const [first, second] = await Promise.all(both.map(async (got) => Buffer.from(await got.arrayBuffer())));
    assert.deepEqual(first?.subarray(0, 3), Buffer.from('ffd8ff', 'hex'));
    assert.deepEqual(first, second);
    assert.equal((await readdir(folder)).length, 1);
    const etag = both[0]?.headers.get('etag') ?? '';
    const again = await small(id, 'p', { 'if-none-match': etag });
    assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, etag, '']);
  });

  it('is another one when the photo is, and an error says why there is none', async () => {
    const id = sampleIdOf('dataset/Cat/0.jpg');
    const before = (await small(id)).headers.get('etag');
    await upload('p', {
      filesPerLabel: 0,
      members: { 'dataset/Cat/0.jpg': Buffer.concat([PNG, Buffer.from('more')]), 'dataset/Cat/1.jpg': 'no photo' },
    });
    const after = await small(id, 'p', { 'if-none-match': before ?? '' });
    assert.equal(after.status, 200);
    assert.notEqual(after.headers.get('etag'), before);
    const refused = await small(sampleIdOf('dataset/Cat/1.jpg'));
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [422, 'not_an_image']);
    assert.deepEqual([refused.headers.get('etag'), refused.headers.get('cache-control')], [null, null]);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => !name.endsWith('.jpg')),
      [],
    );
  });

  it('of a clip is its waveform, if there is one', async () => {
    const members = { 'dataset/sound/ก/1.wav': 'w', 'dataset/waveform/ก/1.png': PNG, 'dataset/sound/ก/2.wav': 'w' };
    await upload('voice', { type: 'VOICE_CLASSIFICATION', labels: ['ก', 'ข'], filesPerLabel: 0, members });
    assert.equal((await small(sampleIdOf('dataset/sound/ก/1.wav'), 'voice')).status, 200);
    const none = await small(sampleIdOf('dataset/sound/ก/2.wav'), 'voice');
    assert.deepEqual([none.status, ((await none.json()) as { code: string }).code], [404, 'no_picture']);
  });
});
