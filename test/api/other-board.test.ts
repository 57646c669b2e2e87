import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const compilersDir = await tempDir();
const compiler = join(compilersDir, '.venv-plus');
const server = await startJobServer({ slots: 1, compilersDir });
const PLUS = { board: 'kidbright-mai-plus' };

/** As `npm run setup:plus` leaves it; without a file as after an interruption, or when the system's Python was replaced. */
function install({ without = '' } = {}): void {
  mkdirSync(join(compiler, 'bin'), { recursive: true });
  rmSync(join(compiler, 'bin', 'python'), { force: true });
  symlinkSync(without === 'python' ? '/nowhere/python3.10' : process.execPath, join(compiler, 'bin', 'python'));
  if (without !== '.mai-setup') writeFileSync(join(compiler, '.mai-setup'), 'stamp');
}

async function trained(id: string, zip: object = {}): Promise<void> {
  const { body } = await server.train(id, { epochs: 1 }, zip);
  assert.equal(body.result, 'OK', JSON.stringify(body));
  await server.jobIn(id, 'completed');
}

const boardFilesOf = (id: string) =>
  readdirSync(join(server.config.projectsDir, id, 'output')).filter((name) =>
    /^model(_int8)?\.(cvimodel|mud|bin|param)$/.test(name),
  );

beforeEach(() => rmSync(compiler, { recursive: true, force: true }));

describe('a project for kidbright-mai-plus', () => {
  it('is refused at Train until the compiler is there as a whole, which needs no restart', async () => {
    const refused = async () => (await server.train('later', { epochs: 1 }, PLUS)).body.code;
    assert.equal(await refused(), 'board_not_set_up');
    install({ without: '.mai-setup' });
    assert.equal(await refused(), 'board_not_set_up');
    install({ without: 'python' });
    assert.equal(await refused(), 'board_not_set_up');
    install();
    await trained('later', PLUS);
  });

  it('becomes the files of that board', async () => {
    install();
    await trained('plus', PLUS);
    assert.deepEqual((await server.get('/convert?project_id=plus&board=')).body, { result: 'OK' });
    assert.deepEqual(boardFilesOf('plus').sort(), ['model.cvimodel', 'model.mud']);
  });
});

describe('one training', () => {
  it('is converted for either board, and has the files of one at a time', async () => {
    install();
    await trained('either');
    const convert = async (board: string) =>
      (await server.get(`/convert?project_id=either&board=${board}`)).body.result;
    assert.equal(await convert('kidbright-mai-plus'), 'OK');
    assert.deepEqual(boardFilesOf('either').sort(), ['model.cvimodel', 'model.mud']);
    assert.equal(await convert('kidbright-mai'), 'OK');
    assert.deepEqual(boardFilesOf('either').sort(), ['model_int8.bin', 'model_int8.param']);
  });

  it('is not converted for a board that cannot be: unknown, not set up, or not for boxes', async () => {
    await trained('photos');
    await trained('boxes', { type: 'OBJECT_DETECTION' });
    const codeOf = async (id: string, board: string) =>
      (await server.get(`/convert?project_id=${id}&board=${board}`)).body.code;
    assert.equal(await codeOf('photos', 'kidbright-mai-plus'), 'board_not_set_up');
    assert.equal(await codeOf('photos', 'micro:bit'), 'board_cannot_convert');
    install();
    assert.equal(await codeOf('boxes', 'kidbright-mai-plus'), 'board_other_network');
  });

  it('of boxes says why it is not converted for the other board, whichever it was trained for', async () => {
    install();
    for (const [trainedFor, board] of [
      ['kidbright-mai', 'kidbright-mai-plus'],
      ['kidbright-mai-plus', 'kidbright-mai'],
    ] as const) {
      await trained(`boxes-${trainedFor}`, { type: 'OBJECT_DETECTION', board: trainedFor });
      const { status, body } = await server.get(`/convert?project_id=boxes-${trainedFor}&board=${board}`);
      assert.deepEqual([status, body.result, body.code], [200, 'FAIL', 'board_other_network']);
      const names = { 'kidbright-mai': 'KidBright mAI', 'kidbright-mai-plus': 'KidBright mAI Plus' };
      assert.match(
        String(body.reason),
        new RegExp(`for the board ${names[trainedFor]}, .* on ${names[board]}: choose`),
      );
      assert.deepEqual((await server.get(`/convert?project_id=boxes-${trainedFor}`)).body, { result: 'OK' });
    }
  });

  it('does not join its conversion for another board', { timeout: 60_000 }, async () => {
    install();
    const until = join(await tempDir(), 'go');
    await server.train('busy', { epochs: 1, convertUntil: until });
    await server.jobIn('busy', 'completed');
    const first = server.get('/convert?project_id=busy');
    await server.jobIn('busy', 'active');
    const other = await server.get('/convert?project_id=busy&board=kidbright-mai-plus');
    assert.deepEqual([other.status, other.body.code], [200, 'conversion_for_other']);
    writeFileSync(until, '');
    assert.deepEqual((await first).body, { result: 'OK' });
  });
});

it('/ping says for which boards models can be made now, and how to change that', async () => {
  const boards = async () => (await server.get('/ping')).body['boards'];
  const [v831, plus] = [
    { id: 'kidbright-mai', name: 'KidBright mAI', ready: true },
    { id: 'kidbright-mai-plus', name: 'KidBright mAI Plus', setup: 'npm run setup:plus' },
  ];
  assert.deepEqual(await boards(), [v831, { ...plus, ready: false }]);
  install();
  assert.deepEqual(await boards(), [v831, { ...plus, ready: true }]);
});
