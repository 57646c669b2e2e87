import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import type { ProjectZipOptions } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 });
const folderOf = (project: string) => join(server.config.projectsDir, project);

/** A Train for another board: its project's type and its settings, or the program of blocks that is sent in their place. */
interface RefusedCase {
  readonly board: string;
  readonly code: string;
  readonly name: RegExp;
  readonly type?: ProjectZipOptions['type'];
  readonly code_of_blocks?: string;
  readonly modelType?: string;
  readonly epochs?: string;
}

describe('what cannot be done', () => {
  it('is refused when Train is pressed, and on the streams: settings that are none, networks of another board', async () => {
    await server.upload('settings', {}, { type: 'OBJECT_DETECTION' });
    const stream = await openStream(`${server.base}/listen`);
    const refused = async (train_config: object) => {
      const { status, body } = await server.post('/train', { project: 'settings', train_config });
      return [status, body.code, body.reason];
    };
    assert.deepEqual((await refused({ modelType: {} })).slice(0, 2), [400, 'setting_unknown']);
    assert.deepEqual((await refused({ code: 5 })).slice(0, 2), [400, 'setting_unknown']);
    const [status, code, reason] = await refused({ modelType: 'yolo11n' });
    assert.deepEqual([status, code], [400, 'model_of_other_board']);
    assert.match(String(reason), /slim_yolo_v2/);
    await until(() => stream.messages.length === 3);
    stream.close();
  });

  it('leaves no job behind, in the list or on the disk', async () => {
    await server.upload('no-job');
    await server.post('/train', { project: 'no-job', train_config: { modelType: {} } });
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'no-job').length, 0);
    const jobs = join(folderOf('no-job'), 'jobs');
    assert.ok(!existsSync(jobs) || readdirSync(jobs).length === 0);
  });

  it('is refused when Train is pressed for a board that no model can be made for, in a sentence for that board', async () => {
    const plus = {
      board: 'kidbright-mai-plus',
      code: 'board_not_set_up',
      name: /KidBright mAI Plus.*npm run setup:plus/,
    };
    const cases: RefusedCase[] = [
      { ...plus, modelType: 'yolo11n', type: 'OBJECT_DETECTION' },
      { ...plus, modelType: 'resnet18' },
      { ...plus, modelType: 'voice-cnn', type: 'VOICE_CLASSIFICATION', epochs: '0' },
      { ...plus, code_of_blocks: 'model = Model()' },
      { board: 'micro:bit', code: 'board_unknown', name: /micro:bit/, modelType: 'yolo11s' },
      { board: 'constructor', code: 'board_unknown', name: /constructor/, modelType: 'resnet18' },
    ];
    for (const { board, code, name, type, code_of_blocks, ...train_config } of cases) {
      for (const language of ['en', 'th']) {
        const stream = await openStream(`${server.base}/listen`, { headers: { 'accept-language': language } });
        await server.upload('other', {}, { board, ...(type ? { type } : {}) });
        const { status, body } = await server.post('/train', {
          project: 'other',
          train_config: code_of_blocks ? { code: code_of_blocks } : train_config,
        });
        assert.deepEqual([status, body.code], [409, code]);
        const event = (await stream.waitFor('error')).data;
        assert.equal(event.code, code);
        for (const sentence of [body.reason, event.msg]) {
          assert.match(String(sentence), name);
          assert.doesNotMatch(String(sentence), /slim_yolo_v2|yolo11|resnet|kidbright-mai\b/);
        }
        stream.close();
      }
    }
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'other').length, 0);
  });

  it('an old model of a project for another board is not converted, with a sentence that is true', async () => {
    for (const [board, type, refusal, sentence] of [
      ['kidbright-mai-plus', 'IMAGE_CLASSIFICATION', 'board_not_set_up', /setup:plus/],
      ['kidbright-mai-plus', 'OBJECT_DETECTION', 'board_not_set_up', /setup:plus/],
      [
        'micro:bit',
        'IMAGE_CLASSIFICATION',
        'board_cannot_convert',
        /KidBright mAI, KidBright mAI Plus, not for the board micro:bit/,
      ],
    ] as const) {
      await server.upload('older', {}, { board, type });
      mkdirSync(join(folderOf('older'), 'output'), { recursive: true });
      writeFileSync(join(folderOf('older'), 'output', 'model.pth'), 'trained before');
      const { status, body } = await server.get('/convert?project_id=older');
      assert.deepEqual([status, body.result, body.code], [200, 'FAIL', refusal]);
      assert.match(String(body.reason), sentence);
    }
  });
});

describe('a Train that is no request for one', () => {
  it('is refused: a project that is no id, settings that are no object, or nested without end', async () => {
    await server.upload('idle');
    assert.equal((await server.post('/train', { project: '../x' })).status, 400);
    assert.equal((await server.post('/train', { project: 'idle', train_config: 'x' })).status, 400);
    const body = `{"project":"idle","train_config":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    const headers = { 'content-type': 'application/json' };
    assert.equal((await fetch(`${server.base}/train`, { method: 'POST', headers, body })).status, 413);
  });
});
