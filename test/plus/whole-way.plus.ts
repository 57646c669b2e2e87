// What pupils with a kidbright-mai-plus do, from upload to model, at a real server with real Python and the real compiler.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { ROOT } from '../../tools/demo/server-process.ts';
import { cancelIn, STAGES } from '../helpers/cancelled-conversion.ts';
import { forPlus, membersOf, storedByIde } from '../helpers/plus-project.ts';
import { openAsIde } from '../helpers/open-as-ide.ts';
import { type RealServer, startRealServer } from '../helpers/real-server.ts';
import { sharedProject } from '../helpers/shared-projects.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject, tone } from '../helpers/tone-project.ts';

const skip = existsSync(join(ROOT, '.venv-plus', '.mai-setup'))
  ? false
  : 'the compiler is not there: npm run setup:plus';
/** Real photos where they are there, else generated ones. */
const dogCat = sharedProject('dog_cat').zip;
const PHOTOS = dogCat
  ? { labels: ['Cat', 'Dog'], asked: 'Dog' }
  : { labels: ['circle', 'square', 'triangle'], asked: 'square' };

let projectsDir: string;
let server: RealServer;
before(async () => {
  if (skip) return;
  projectsDir = await tempDir();
  server = await startRealServer(projectsDir, { MAI_SLOTS: '1' });
});
after(() => server?.end('SIGTERM'));

interface Report {
  readonly conversion: {
    readonly board: string;
    readonly agreement: number;
    readonly changed: readonly { readonly file: string }[];
    readonly similarity: Readonly<Record<string, number>>;
  };
}

interface Inferred {
  readonly result: string;
  readonly prediction: string;
  readonly prob: number;
  readonly board?: { readonly prediction: string; readonly prob: number };
}

const output = async (id: string, name: string) =>
  Buffer.from(await (await fetch(`${server.base}/projects/${id}/output/${name}`)).arrayBuffer());
const report = async (id: string) => (JSON.parse(String(await output(id, 'report.json'))) as Report).conversion;
const convert = async (id: string, board = '') => {
  const { body } = await server.get(`/convert?project_id=${id}${board && `&board=${board}`}`);
  assert.deepEqual(body, { result: 'OK' });
};

async function train(id: string, zip: Buffer, trainConfig: object): Promise<void> {
  await server.press(id, zip, trainConfig);
  await server.jobOf(id, 'completed');
}

async function ask(id: string, type: string, field: string, sample: Buffer, name: string): Promise<Inferred> {
  const form = new FormData();
  form.append(field, new Blob([new Uint8Array(sample)]), name);
  form.append('project_id', id);
  form.append('type', type);
  return (await (await fetch(`${server.base}/inference_image`, { method: 'POST', body: form })).json()) as Inferred;
}

describe('photos', { skip }, () => {
  let zip: Buffer;

  it('become a model that the board and the float network agree on', async () => {
    zip = dogCat ?? (await makeSampleProject('photos', 24, 1)).zip;
    await train('photos', await forPlus(zip), { modelType: 'mobilenet-100', epochs: 1 });
    await convert('photos');
    const { board, agreement, similarity } = await report('photos');
    assert.equal(board, 'kidbright-mai-plus');
    assert.ok(agreement >= 98, `agreement ${agreement}`);
    assert.ok(
      Object.values(similarity).every((value) => value > 0.98),
      JSON.stringify(similarity),
    );
  });

  it('are fetched as the IDE does it, and as a package', async () => {
    const [model, mud] = [await output('photos', 'model.cvimodel'), await output('photos', 'model.mud')];
    const stored = storedByIde(model, mud);
    assert.match(stored.mud, new RegExp(`^model = /root/model/${stored.name}.cvimodel$`, 'm'));
    assert.match(stored.mud, new RegExp(`^labels = ${PHOTOS.labels.join(',')}$`, 'm'));
    const answer = await fetch(`${server.base}/download_model?project_id=photos`);
    const names = Object.keys(await membersOf(Buffer.from(await answer.arrayBuffer())));
    assert.ok(['model.cvimodel', 'model.mud', 'labels.txt', 'report.json'].every((name) => names.includes(name)));
    assert.equal((await server.get('/ping')).body['stage'], 5);
  });

  it('are opened by the IDE with the model inside', async () => {
    const answer = await fetch(`${server.base}/projects/photos/project_trained.zip`);
    const { project, model } = await openAsIde(Buffer.from(await answer.arrayBuffer()));
    assert.deepEqual([project.currentBoard.id, project.model.type], ['kidbright-mai-plus', 'cvimodel']);
    assert.deepEqual(model, [await output('photos', 'model.cvimodel'), await output('photos', 'model.mud')]);
  });

  it('are answered by both networks, each time', async () => {
    const [name, photo] =
      Object.entries(await membersOf(zip)).find(([path]) => path.startsWith(`dataset/${PHOTOS.asked}/`)) ?? [];
    assert.ok(name && photo);
    for (let turn = 0; turn < 2; turn += 1) {
      const { result, prediction, board } = await ask('photos', 'classification', 'image', photo, 'photo.jpg');
      assert.deepEqual([result, prediction, board?.prediction], ['OK', PHOTOS.asked, PHOTOS.asked]);
    }
  });

  it('are converted for the other board and back, from one training', async () => {
    await convert('photos', 'kidbright-mai');
    assert.equal((await output('photos', 'model_int8.param')).subarray(0, 7).toString(), '7767517');
    assert.equal((await fetch(`${server.base}/projects/photos/output/model.mud`)).status, 404);
    await convert('photos', 'kidbright-mai-plus');
    assert.equal((await output('photos', 'model.cvimodel')).subarray(0, 8).toString(), 'CviModel');
    assert.equal((await fetch(`${server.base}/projects/photos/output/model_int8.param`)).status, 404);
  });
});

describe('sounds', { skip }, () => {
  it('become a model for the board, whose names are those of the .mud', async () => {
    const zip = await forPlus(await makeToneProject('sounds', { low: 300, 'a, b': 1100, สูง: 3300 }, 8));
    await train('sounds', zip, { epochs: 8 });
    const stream = await server.listen();
    await convert('sounds');
    assert.ok((await report('sounds')).agreement >= 98);
    assert.match(String(await output('sounds', 'model.mud')), /^labels = a b,low,สูง$/m);
    const notice = stream.messages.find(({ data }) => data['code'] === 'plus_labels_changed');
    assert.match(notice?.data.msg ?? '', /"a, b" is "a b"/);
    stream.close();
  });

  it('are answered by both networks', async () => {
    const { prediction, board } = await ask('sounds', 'voice', 'audio', tone(3300, 3, 1), 'clip.wav');
    assert.deepEqual([prediction, board?.prediction], ['สูง', 'สูง']);
  });
});

describe('a cancelled conversion', { skip }, () => {
  before(async () => {
    const { zip } = await makeSampleProject('cancelled', 4, 1);
    await train('cancelled', await forPlus(zip), { modelType: 'mobilenet-10', epochs: 1 });
  });

  for (const stage of STAGES)
    it(`in the stage ${stage} ends every process of it and leaves no file`, async () => {
      const left = await cancelIn(stage, server, projectsDir, 'cancelled');
      assert.deepEqual(
        left.filter((name) => /cvimodel|\.mud|\.scratch-|mlir/.test(name)),
        [],
      );
    });
});
