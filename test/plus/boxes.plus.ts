// Boxes for a kidbright-mai-plus, from upload to model, at a real server with real Python and the real compiler.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../tools/demo/server-process.ts';
import { cancelIn, STAGES } from '../helpers/cancelled-conversion.ts';
import { forPlus, membersOf, storedByIde } from '../helpers/plus-project.ts';
import { zipOf } from '../helpers/project-zip.ts';
import { type RealServer, startRealServer } from '../helpers/real-server.ts';
import { sharedProject } from '../helpers/shared-projects.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const mouseAndLogo = sharedProject('mouse_logo_detect');
const skip = existsSync(join(ROOT, '.venv-plus', '.mai-setup'))
  ? mouseAndLogo.skip
  : 'the compiler is not there: npm run setup:plus';
const PHOTOS = 16;

let projectsDir: string;
let server: RealServer;
let members: Record<string, Buffer>;
before(async () => {
  if (skip) return;
  projectsDir = await tempDir();
  server = await startRealServer(projectsDir, { MAI_SLOTS: '1' });
  members = await someOf(mouseAndLogo.zip ?? Buffer.alloc(0));
  const stream = await server.listen();
  await server.press('boxes', await forPlus(await zipOf(members)), { modelType: 'yolo11n', epochs: 2 });
  await server.jobOf('boxes', 'completed');
  said = stream.messages.map(({ data }) => `${String(data['code'])}: ${data.msg ?? ''}`);
  stream.close();
});
after(() => server?.end('SIGTERM'));
let said: string[] = [];

/** A small project: the first photos with their boxes, without the lists of who is held back. */
async function someOf(zip: Buffer): Promise<Record<string, Buffer>> {
  const all = await membersOf(zip);
  const ids = Object.keys(all).flatMap((name) => /JPEGImages\/(.*)\.jpg$/.exec(name)?.[1] ?? []);
  const kept = new Set(ids.sort().slice(0, PHOTOS));
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => {
      const id = /\/([^/]*)\.(?:jpg|xml)$/.exec(name)?.[1];
      return !name.includes('ImageSets') && (id === undefined || kept.has(id));
    }),
  );
}

const output = async (name: string) =>
  Buffer.from(await (await fetch(`${server.base}/projects/boxes/output/${name}`)).arrayBuffer());

interface Report {
  readonly training: { readonly model: string };
  readonly conversion: {
    readonly similarity: { readonly int8: number };
    readonly changed: readonly { readonly file: string }[];
    readonly milliseconds: { readonly at_least: number; readonly at_most: number; readonly estimate: boolean };
  };
}

interface Inferred {
  readonly boxes: readonly object[];
  readonly board: { readonly boxes: readonly object[] };
}

describe('boxes', { skip }, () => {
  it('are learnt by a network that a notice names', () => {
    assert.ok(
      said.some((sentence) => /^detector_of_ours: .*yolo11n.*efficientnet-lite0-boxes-n/.test(sentence)),
      said.join('\n'),
    );
  });

  it('become the files that the board loads, with an estimate of the time', async () => {
    assert.deepEqual((await server.get('/convert?project_id=boxes')).body, { result: 'OK' });
    const [model, mud] = [await output('model.cvimodel'), await output('model.mud')];
    assert.match(storedByIde(model, mud).mud, /^model_type = yolo11\n[^]*^labels = mouse,sipeed_logo$/m);
    const { training, conversion } = JSON.parse(String(await output('report.json'))) as Report;
    assert.equal(training.model, 'efficientnet-lite0-boxes-n');
    // so short a training finds little; docs/performance.md has the quality of a whole one
    assert.ok(conversion.similarity.int8 > 0.99, JSON.stringify(conversion.similarity));
    assert.ok(conversion.milliseconds.estimate && conversion.milliseconds.at_least > 0);
    assert.ok(conversion.changed.every(({ file }) => file.endsWith('.jpg')));
  });

  it('are answered by both networks', async () => {
    const form = new FormData();
    const [, photo] = Object.entries(members).find(([name]) => name.endsWith('.jpg')) ?? [];
    form.append('image', new Blob([new Uint8Array(photo ?? Buffer.alloc(0))]), 'photo.jpg');
    form.append('project_id', 'boxes');
    form.append('type', 'detection');
    const answer = await fetch(`${server.base}/inference_image`, { method: 'POST', body: form });
    const { boxes, board } = (await answer.json()) as Inferred;
    assert.ok(Array.isArray(boxes) && Array.isArray(board.boxes), JSON.stringify({ boxes, board }));
  });

  it('are not made for the other board, and the answer says why', async () => {
    const { status, body } = await server.get('/convert?project_id=boxes&board=kidbright-mai');
    assert.deepEqual([status, body['result'], body['code']], [200, 'FAIL', 'board_other_network']);
    assert.equal((await output('model.cvimodel')).subarray(0, 8).toString(), 'CviModel');
  });
});

describe('a cancelled conversion of boxes', { skip }, () => {
  for (const stage of STAGES)
    it(`in the stage ${stage} ends every process of it and leaves the model before it`, async () => {
      const left = await cancelIn(stage, server, projectsDir, 'boxes');
      assert.deepEqual(
        left.filter((name) => /\.scratch-|network/.test(name)),
        [],
      );
      assert.equal((await output('model.mud')).subarray(0, 7).toString(), '[basic]');
    });
});
