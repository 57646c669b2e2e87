import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { type Answer, startJobServer } from '../helpers/job-server.ts';
import { sampleClient } from '../helpers/sample-client.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer();
const folderOf = (id: string) => join(server.config.projectsDir, id);
const idOf = (file: string) => sampleIdOf(`dataset/${file}`);
const { samplesOf } = sampleClient(server.base);
const edit = (id: string, wish: object): Promise<Answer> => server.post(`/projects/${id}/edits`, wish);
const undo = (id: string, number: unknown) =>
  fetch(`${server.base}/projects/${id}/edits/${String(number)}`, { method: 'DELETE' });
const files = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

/** The files that a training of the project gets. */
async function inputOf(id: string): Promise<string[]> {
  const { body } = await server.post('/train', { project: id, train_config: { epochs: 1 } });
  const job = String(body.job_id);
  await until(async () => (await server.jobs()).find((one) => one.id === job)?.state === 'completed');
  const input = join(folderOf(id), 'jobs', job, 'input', 'dataset');
  return files(input).filter((name) => statSync(join(input, name)).isFile());
}

describe('changes of a data set', () => {
  it('are made in the copy that the next training gets, and the upload stays as it is', async () => {
    await server.upload('p', {}, { labels: ['Cat', 'Dog'], filesPerLabel: 3 });
    const before = files(join(folderOf('p'), 'dataset'));
    assert.equal((await edit('p', { sample: idOf('Cat/0.jpg'), action: 'leave_out' })).status, 200);
    const moved = await edit('p', { sample: idOf('Cat/1.jpg'), action: 'move', label: 'Dog' });
    assert.deepEqual([moved.status, (moved.body.edit as { label: string }).label], [200, 'Dog']);
    assert.deepEqual(await inputOf('p'), [
      'Cat/2.jpg',
      'Dog/0.jpg',
      `Dog/1-${idOf('Cat/1.jpg')}.jpg`,
      'Dog/1.jpg',
      'Dog/2.jpg',
    ]);
    assert.deepEqual(files(join(folderOf('p'), 'dataset')), before);
    assert.equal(readFileSync(join(folderOf('p'), 'dataset/Cat/1.jpg'), 'utf8'), 'photo 1 of Cat');
  });

  it('are listed with the samples and counted with the labels', async () => {
    const { labels, samples, total } = await samplesOf('p');
    assert.deepEqual(
      labels.map(({ label, samples: count, left_out: leftOut }) => [label, count, leftOut]),
      [
        ['Cat', 1, 1],
        ['Dog', 4, 0],
      ],
    );
    assert.equal(total, 6);
    const [first, second, third] = samples;
    assert.deepEqual([first?.edit?.action, first?.label, second?.label, third?.edit], ['leave_out', null, 'Dog', null]);
  });

  it('can be taken back, one by one, and a second one of a sample replaces the first', async () => {
    await server.upload('undo', {}, { filesPerLabel: 2 });
    const sample = idOf('Cat/0.jpg');
    await edit('undo', { sample, action: 'leave_out' });
    const { body } = await edit('undo', { sample, action: 'move', label: 'Dog' });
    const { edits } = (await server.get('/projects/undo/edits')).body as { edits: { id: number; sample: string }[] };
    assert.deepEqual([edits.length, edits[0]?.sample, edits[0]], [1, sample, body.edit]);
    assert.equal((await undo('undo', edits[0]?.id)).status, 200);
    assert.equal((await undo('undo', edits[0]?.id)).status, 404);
    assert.deepEqual(await inputOf('undo'), ['Cat/0.jpg', 'Cat/1.jpg', 'Dog/0.jpg', 'Dog/1.jpg']);
  });

  it('have numbers of their own, so that none is taken back in the place of another', async () => {
    await server.upload('numbers', {}, { filesPerLabel: 2 });
    const first = await edit('numbers', { sample: idOf('Cat/0.jpg'), action: 'leave_out' });
    const number = (answer: Answer) => (answer.body.edit as { id: number }).id;
    await undo('numbers', number(first));
    const second = await edit('numbers', { sample: idOf('Cat/1.jpg'), action: 'leave_out' });
    assert.notEqual(number(second), number(first));
    assert.equal((await undo('numbers', number(first))).status, 404);
    await server.upload('numbers', {}, { filesPerLabel: 2 });
    await edit('numbers', { sample: idOf('Dog/1.jpg'), action: 'leave_out' });
    assert.equal((await undo('numbers', number(second))).status, 404, 'of the upload before');
  });

  it('end with a new upload', async () => {
    await server.upload('new', {}, { filesPerLabel: 2 });
    await edit('new', { sample: idOf('Cat/0.jpg'), action: 'leave_out' });
    assert.ok(existsSync(join(folderOf('new'), 'edits.json')));
    await server.upload('new', {}, { filesPerLabel: 2 });
    assert.deepEqual((await server.get('/projects/new/edits')).body, { edits: [] });
    assert.equal((await inputOf('new')).length, 4);
  });

  it('of boxes leave out the photo with its annotation and its place in the lists; the label is on the boxes', async () => {
    const members = Object.fromEntries(
      ['a', 'b'].flatMap((id) => [
        [`dataset/JPEGImages/${id}.jpg`, id],
        [`dataset/Annotations/${id}.xml`, id],
      ]),
    );
    const lists = { 'dataset/ImageSets/Main/train.txt': 'a\nb\n', 'dataset/ImageSets/Main/val.txt': 'b\n' };
    const boxes = { type: 'OBJECT_DETECTION', filesPerLabel: 0, members: { ...members, ...lists } };
    await server.upload('boxes', {}, boxes);
    const sample = idOf('JPEGImages/a.jpg');
    assert.equal((await edit('boxes', { sample, action: 'move', label: 'Cat' })).body.code, 'move_of_boxes');
    assert.equal((await edit('boxes', { sample, action: 'leave_out' })).status, 200);
    assert.deepEqual(await inputOf('boxes'), [
      'Annotations/b.xml',
      'ImageSets/Main/train.txt',
      'ImageSets/Main/val.txt',
      'JPEGImages/b.jpg',
    ]);
    const [job = ''] = readdirSync(join(folderOf('boxes'), 'jobs'))
      .sort()
      .reverse();
    const listIn = (folder: string) => readFileSync(join(folder, 'dataset/ImageSets/Main/train.txt'), 'utf8');
    assert.equal(listIn(join(folderOf('boxes'), 'jobs', job, 'input')), 'b\n');
    assert.equal(listIn(folderOf('boxes')), 'a\nb\n');
  });

  it('go to the folder of a label whatever its name, and to one that has none yet', async () => {
    const labels = ['on/off', 'หมา แมว', 'a:b', 'empty'];
    const members = Object.fromEntries(labels.slice(0, 3).map((label) => [`dataset/${label}/1.jpg`, label]));
    await server.upload('odd', {}, { labels, filesPerLabel: 0, members });
    const { samples } = await samplesOf('odd');
    for (const [index, label] of ['empty', 'on/off', 'a:b'].entries())
      assert.equal((await edit('odd', { sample: samples[index]?.id, action: 'move', label })).status, 200, label);
    await inputOf('odd');
    const counts = (await samplesOf('odd')).labels.map(({ label, samples: count }) => [label, count]);
    assert.deepEqual(Object.fromEntries(counts), { 'a:b': 1, empty: 1, 'on/off': 1, 'หมา แมว': 0 });
  });

  it('do not keep a training from its photos, however long a name is and whatever a label is called', async () => {
    const name = `${'ภ'.repeat(79)}.jpg`;
    const paths = ['Cat', 'Dog'].flatMap((label) => ['0.jpg', '1.jpg', name].map((file) => `dataset/${label}/${file}`));
    const members = Object.fromEntries(paths.map((path) => [path, path]));
    await server.upload('long', {}, { labels: ['Cat', 'Dog', 'Cat/0.jpg'], filesPerLabel: 0, members });
    const { samples } = await samplesOf('long');
    const long = samples.find(({ file }) => file.startsWith('dataset/Cat/ภ'));
    assert.equal((await edit('long', { sample: long?.id, action: 'move', label: 'Dog' })).status, 200);
    const sample = idOf('Cat/1.jpg');
    assert.equal((await edit('long', { sample, action: 'move', label: 'Cat/0.jpg' })).status, 200);
    const input = await inputOf('long');
    assert.equal(input.length, 6);
    assert.deepEqual(
      ['Cat', 'Dog'].map((label) => input.filter((file) => new RegExp(`^${label}/[^/]*$`).test(file)).length),
      [1, 4],
    );
  });

  it('that cannot be are refused, and change nothing', async () => {
    await server.upload('refused');
    const sample = idOf('Cat/0.jpg');
    for (const [wish, status, code] of [
      [{ sample, action: 'move', label: '../..' }, 400, 'label_unknown'],
      [{ sample, action: 'move' }, 400, 'label_unknown'],
      [{ sample, action: 'delete' }, 400, 'invalid_request'],
      [{ sample: '../../project.json', action: 'leave_out' }, 400, 'invalid_request'],
      [{ sample: idOf('Cat/9.jpg'), action: 'leave_out' }, 404, 'sample_not_found'],
    ] as const) {
      const { status: got, body } = await edit('refused', wish);
      assert.deepEqual([got, body.code], [status, code], JSON.stringify(wish));
    }
    assert.equal((await edit('none', { sample, action: 'leave_out' })).status, 404);
    for (const number of ['0', '-1', 'x', '1.5']) assert.equal((await undo('refused', number)).status, 400, number);
    assert.ok(!existsSync(join(folderOf('refused'), 'edits.json')));
  });
});
