import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { putOutput } from '../helpers/put-output.ts';
import { sampleClient } from '../helpers/sample-client.ts';

const server = await startJobServer();
const { upload, samplesOf } = sampleClient(server.base);

describe('what a training found', () => {
  it('is of the same upload until another one comes', async () => {
    await server.train('p', { epochs: 1 });
    await server.jobIn('p', 'completed');
    await putOutput(server, 'p', 'samples.json', { format: 1, labels: ['Cat', 'Dog'], samples: [] });
    assert.equal((await samplesOf('p')).trained?.same_upload, true);
    await upload('p');
    assert.equal((await samplesOf('p')).trained?.same_upload, false);
  });

  it('is read again when a training or a conversion has written it anew', async () => {
    const heldBack = async () => (await samplesOf('again')).samples.map(({ held_back: held }) => held);
    await upload('again', { labels: ['Cat'], filesPerLabel: 1 });
    assert.deepEqual(await heldBack(), [null]);
    for (const held_back of [true, false]) {
      const samples = [{ file: 'dataset/Cat/0.jpg', label: 'Cat', scene: 0, held_back }];
      await putOutput(server, 'again', 'samples.json', { format: 1, labels: ['Cat'], samples });
      assert.deepEqual(await heldBack(), [held_back]);
    }
  });

  it('says of boxes which label a photo has and how many photos a label', async () => {
    const names = ['a', 'b', 'c'];
    const members = Object.fromEntries(names.map((name) => [`dataset/JPEGImages/${name}.jpg`, name]));
    await upload('boxes', { type: 'OBJECT_DETECTION', filesPerLabel: 0, members });
    assert.deepEqual((await samplesOf('boxes')).labels[0]?.samples, null);
    const samples = ['a', 'b'].map((name, scene) => ({
      file: `dataset/JPEGImages/${name}.jpg`,
      label: 'Cat',
      scene,
      held_back: name === 'b',
    }));
    await putOutput(server, 'boxes', 'samples.json', { format: 1, labels: ['Cat', 'Dog'], samples });
    const answer = await samplesOf('boxes');
    assert.deepEqual(answer.labels, [
      { label: 'Cat', samples: 2, left_out: 0, scenes: 2, held_back: 1 },
      { label: 'Dog', samples: 0, left_out: 0, scenes: 0, held_back: 0 },
    ]);
    assert.deepEqual(
      answer.samples.map(({ label }) => label),
      ['Cat', 'Cat', null],
    );
    assert.equal((await samplesOf('boxes', '?label=Cat')).total, 2);
  });

  it('names a hundred samples of a finding, and counts them all', async () => {
    await upload('burst', { labels: ['Cat'], filesPerLabel: 151 });
    const samples = Array.from({ length: 151 }, (_, number) => ({
      file: `dataset/Cat/${number}.jpg`,
      label: 'Cat',
      scene: 0,
      held_back: false,
    }));
    await putOutput(server, 'burst', 'samples.json', { format: 1, labels: ['Cat'], samples });
    const answer = await samplesOf('burst');
    const found = answer.findings.find(({ code }) => code === 'near_duplicates');
    assert.deepEqual([found?.count, found?.samples.length], [150, 100]);
    assert.equal(answer.samples.filter(({ findings }) => findings.includes('near_duplicates')).length, 150);
  });
});
