import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { boardFiles } from '../../src/boards.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { openAsIde } from '../helpers/open-as-ide.ts';
import { membersOf } from '../helpers/plus-project.ts';
import { makeProjectZip, type ProjectZipOptions } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const { app, config, listen } = await buildTestApp();
const base = await listen();
const folderOf = (id: string) => join(config.projectsDir, id);

type Entry = Readonly<Record<string, unknown>>;

/** A project as the IDE sends it: dataset.json leads to every sample. */
async function upload(id: string, data: readonly Entry[], options: ProjectZipOptions): Promise<Buffer> {
  const datasetFile = JSON.stringify({ project: id, datasetType: options.type, data });
  const zip = await makeProjectZip({
    id,
    filesPerLabel: 0,
    ...options,
    members: { 'dataset.json': datasetFile, ...options.members },
  });
  assert.equal((await send(id, zip)).result, 'success');
  return zip;
}

const send = async (id: string, zip: Buffer) =>
  (await app.inject({ method: 'POST', url: '/upload', ...uploadForm(id, zip) })).json<{ result: string }>();

/** As a conversion leaves it. */
async function convert(id: string, labels: readonly string[], board: string, type = 'IMAGE_CLASSIFICATION') {
  const output = join(folderOf(id), 'output');
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const report = { training: { model: 'resnet18', labels }, conversion: { board } };
  await writeFile(join(output, 'report.json'), JSON.stringify(report));
  await writeFile(join(output, 'model.pth'), 'weights');
  for (const name of boardFiles(board, type)) await writeFile(join(output, name), `${name} of ${id}`);
}

const download = (id: string) => app.inject(`/projects/${encodeURIComponent(id)}/project_trained.zip`);
const frozen = () => {
  const incoming = join(config.projectsDir, '.incoming');
  return existsSync(incoming) ? readdirSync(incoming) : [];
};

async function refusalOf(id: string) {
  const answer = await download(id);
  return [answer.statusCode, answer.json<{ code: string }>().code];
}

const photo = (label: string, id: string, ext = 'jpg'): Entry => ({ id, ext, class: label });
const CAT_DOG = {
  data: [photo('Cat', '1'), photo('Dog', '2')],
  options: { members: { 'dataset/Cat/1.jpg': 'a cat', 'dataset/Dog/2.jpg': 'a dog' } },
};

describe('a project with its model, for the IDE to open', () => {
  it('is what was uploaded, and the files of the board under the names of the IDE', async () => {
    const sent = await upload('cats', CAT_DOG.data, CAT_DOG.options);
    await convert('cats', ['Cat', 'Dog'], 'kidbright-mai');
    const answer = await download('cats');
    const { project, samples, model } = await openAsIde(answer.rawPayload);
    assert.deepEqual(model.map(String), ['model_int8.bin of cats', 'model_int8.param of cats']);
    assert.deepEqual(samples.map(String), ['a cat', 'a dog']);
    const { model: added, ...rest } = project;
    assert.deepEqual([added.name, added.type], ['model', 'bin']);
    assert.deepEqual(rest, JSON.parse(String((await membersOf(sent))['project.json'])));
  });

  it('is as long as it says, has a name, and leaves nothing beside the projects', async () => {
    const { headers, rawPayload } = await download('cats');
    assert.equal(headers['content-length'], String(rawPayload.length));
    assert.equal(headers['content-disposition'], 'attachment; filename="cats_trained.zip"');
    assert.equal(headers['cache-control'], 'no-store');
    const head = await app.inject({ method: 'HEAD', url: '/projects/cats/project_trained.zip' });
    assert.deepEqual([head.statusCode, head.headers['content-length']], [200, headers['content-length']]);
    await until(() => frozen().length === 0, 10_000, 'an empty folder');
  });

  it('is taken again as the same project, byte for byte', async () => {
    const before = await membersOf((await download('cats')).rawPayload);
    const { result } = await send('cats', (await download('cats')).rawPayload);
    assert.equal(result, 'success');
    assert.deepEqual(await membersOf((await download('cats')).rawPayload), before);
    assert.deepEqual(readdirSync(join(folderOf('cats'), 'dataset')).sort(), ['Cat', 'Dog']);
    assert.equal(existsSync(join(folderOf('cats'), 'model')), false);
  });

  it('of sounds has the numpy file, with the pictures that the IDE drew', async () => {
    const clip = { id: '1', ext: 'png', class: 'สูง?', sound: true, sound_ext: 'wav', mfcc: true, mfcc_ext: 'png' };
    const members = {
      'dataset/sound/สูง?/1.wav': 'sound',
      'dataset/mfcc/สูง?/1_mfcc.png': 'mfcc',
      'dataset/waveform/สูง?/1.png': 'wave',
    };
    await upload('sounds', [clip], { type: 'VOICE_CLASSIFICATION', labels: ['สูง?'], members });
    await convert('sounds', ['สูง?'], 'kidbright-mai', 'VOICE_CLASSIFICATION');
    const { project, samples, model } = await openAsIde((await download('sounds')).rawPayload);
    assert.deepEqual([project.model.type, model.map(String)], ['npz', ['model_cpu.npz of sounds']]);
    assert.deepEqual(samples.map(String), ['wave', 'sound', 'mfcc']);
  });

  it('of boxes has photos and annotations', async () => {
    const members = { 'dataset/JPEGImages/7.jpg': 'photo', 'dataset/Annotations/7.xml': '<annotation/>' };
    await upload('boxes', [photo('', '7')], { type: 'OBJECT_DETECTION', labels: ['logo'], members });
    await convert('boxes', ['logo'], 'kidbright-mai', 'OBJECT_DETECTION');
    const { samples } = await openAsIde((await download('boxes')).rawPayload);
    assert.deepEqual(samples.map(String), ['photo', '<annotation/>']);
  });

  it('is for the board that the model was made for, whatever board the upload named', async () => {
    await upload('either', CAT_DOG.data, CAT_DOG.options);
    await convert('either', ['Cat', 'Dog'], 'kidbright-mai-plus');
    const { project, model } = await openAsIde((await download('either')).rawPayload);
    assert.deepEqual([project.currentBoard, project.model.type], [{ id: 'kidbright-mai-plus' }, 'cvimodel']);
    assert.deepEqual(model.map(String), ['model.cvimodel of either', 'model.mud of either']);
  });
});

describe('a model of an earlier version, whose report names no board', () => {
  it('is for the board of the project', async () => {
    await upload('earlier', CAT_DOG.data, { ...CAT_DOG.options, board: 'kidbright-mai-plus' });
    await convert('earlier', ['Cat', 'Dog'], 'kidbright-mai-plus');
    const report = { training: { model: 'resnet18', labels: ['Cat', 'Dog'] }, conversion: {} };
    await writeFile(join(folderOf('earlier'), 'output', 'report.json'), JSON.stringify(report));
    const { project } = await openAsIde((await download('earlier')).rawPayload);
    assert.deepEqual([project.currentBoard.id, project.model.type], ['kidbright-mai-plus', 'cvimodel']);
  });
});

describe('names that the disk cannot hold', () => {
  const labels = ['A', 'a', 'con', 'on/off', 'ก'.repeat(120), 'x:y', 'é'.normalize('NFD')];
  const data = labels.map((label, index) => photo(label, String(index)));

  it('are in the zip as the IDE gave them', async () => {
    const members = Object.fromEntries(labels.map((label, index) => [`dataset/${label}/${index}.jpg`, label]));
    await upload('names', data, { labels, members });
    const order = (await app.inject('/projects/names')).json<{ labels: string[] }>().labels;
    await convert('names', order, 'kidbright-mai');
    const { samples } = await openAsIde((await download('names')).rawPayload);
    assert.deepEqual(samples.map(String), labels);
  });

  it('come back to the same places', async () => {
    const before = readdirSync(join(folderOf('names'), 'dataset'), { recursive: true }).sort();
    await send('names', (await download('names')).rawPayload);
    assert.deepEqual(readdirSync(join(folderOf('names'), 'dataset'), { recursive: true }).sort(), before);
  });
});

describe('a sample that was deleted', () => {
  it('does not keep the IDE from opening the rest', async () => {
    await upload('fewer', CAT_DOG.data, CAT_DOG.options);
    await convert('fewer', ['Cat', 'Dog'], 'kidbright-mai');
    await rm(join(folderOf('fewer'), 'dataset', 'Cat', '1.jpg'));
    const { samples } = await openAsIde((await download('fewer')).rawPayload);
    assert.deepEqual(samples.map(String), ['a dog']);
  });

  it('and files that dataset.json does not name, or a dataset.json that is none, change nothing else', async () => {
    const members = { 'dataset/Cat/9.jpg': 'unnamed', 'dataset.json': '[]' };
    const zip = await makeProjectZip({ id: 'odd', filesPerLabel: 1, members });
    await send('odd', zip);
    await convert('odd', ['Cat', 'Dog'], 'kidbright-mai');
    const got = await membersOf((await download('odd')).rawPayload);
    const { 'project.json': _, ...sent } = await membersOf(zip);
    assert.deepEqual(Object.fromEntries(Object.keys(sent).map((name) => [name, got[name]])), sent);
  });
});

describe('there is nothing to download', () => {
  it('before the training, and before the conversion', async () => {
    await upload('early', CAT_DOG.data, CAT_DOG.options);
    assert.deepEqual(await refusalOf('early'), [409, 'model_missing']);
    await convert('early', ['Cat', 'Dog'], 'kidbright-mai');
    await rm(join(folderOf('early'), 'output', 'model_int8.param'));
    assert.deepEqual(await refusalOf('early'), [409, 'not_converted']);
    assert.deepEqual(frozen(), []);
  });

  it('while the labels are not those of the model', async () => {
    await upload('renamed', CAT_DOG.data, CAT_DOG.options);
    for (const learnt of [['Cat', 'Wolf'], ['Cat'], ['Cat', 'Dog', 'Wolf'], ['Dog', 'Cat']]) {
      await convert('renamed', learnt, 'kidbright-mai');
      assert.deepEqual(await refusalOf('renamed'), [409, 'labels_have_changed'], learnt.join());
    }
    assert.deepEqual(await refusalOf('nobody'), [404, 'project_not_found']);
  });

  it('of half a download: the copy goes, and the server lives', { timeout: 60_000 }, async () => {
    const members = { ...CAT_DOG.options.members, 'dataset/Cat/1.jpg': Buffer.alloc(20_000_000, 7) };
    await upload('large', CAT_DOG.data, { members });
    await convert('large', ['Cat', 'Dog'], 'kidbright-mai');
    await new Promise<void>((resolve) => {
      const request = get(`${base}/projects/large/project_trained.zip`, { agent: false }, (response) =>
        response.once('data', () => {
          request.destroy();
          resolve();
        }),
      );
    });
    await until(() => frozen().length === 0, 20_000, 'an empty folder');
    assert.equal((await download('cats')).statusCode, 200);
  });
});
