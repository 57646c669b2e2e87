// What pupils do from upload to model, at one real server with real Python: its start costs more than any of these.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { startServer, type ServerProcess } from '../../tools/demo/server-process.ts';
import { skipWithoutBrowser, startBrowser } from '../helpers/chromium.ts';
import { clipsZip, LABELS, PER_LABEL, picturesZip } from '../helpers/odd-labels.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeToneProject, tone } from '../helpers/tone-project.ts';
import { joinWalk, type Walk } from '../helpers/walk.ts';

const OUTPUT = [
  'labels.txt',
  'model.bin',
  'model.onnx',
  'model.param',
  'model.pth',
  'model.zip',
  'model_int8.bin',
  'model_int8.param',
  'model_opt.bin',
  'model_opt.param',
  'model_opt.table',
  'report.json',
  'samples.json',
];
const THAI = /[\u0E00-\u0E7F]/;

let projectsDir: string;
let server: ServerProcess;
before(async () => {
  projectsDir = await tempDir();
  server = await startServer(projectsDir, {}, scriptArguments('server'));
});
after(() => server.stop());

function follow(t: TestContext, project: string, language?: string): Walk {
  const walk = joinWalk(server, projectsDir, language, project);
  t.after(() => walk.close());
  return walk;
}

describe('in a real browser, from another origin', { skip: skipWithoutBrowser }, () => {
  it('a pupil trains, converts and fetches the model in Thai', async (t) => {
    const page = await readFile(fileURLToPath(new URL('../fixtures/ide.html', import.meta.url)));
    const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page)).listen(
      0,
      '127.0.0.1',
    );
    t.after(() => site.close());
    const zip = join(await tempDir(), 'project.zip');
    await writeFile(zip, await makeToneProject('words', { low: 300, high: 2400 }, 6));

    const browser = await startBrowser();
    const tab = await (await browser.newContext({ locale: 'th-TH' })).newPage();
    const problems: string[] = [];
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    tab.on('pageerror', (error) => problems.push(error.message));

    await tab.goto(
      `http://127.0.0.1:${(site.address() as AddressInfo).port}/?server=${encodeURIComponent(server.base)}&project=words`,
    );
    await tab.getByText('connected, stage 0').waitFor({ timeout: 10_000 });
    await tab.locator('#zip').setInputFiles(zip);
    await tab.locator('#train').click();
    await tab.getByText(/^fetched \d+ bytes, status 200$/).waitFor({ timeout: 300_000 });

    assert.equal(await tab.locator('#curve tr').count(), 2, 'one point an epoch');
    assert.equal(await tab.locator('#bar').getAttribute('value'), '1', 'Content-Length lets the bar reach its end');
    assert.match(await tab.locator('#log').innerText(), THAI, 'the log is in Thai');
    if (process.env['MAI_TEST_SCREENSHOT']) await tab.screenshot({ path: process.env['MAI_TEST_SCREENSHOT'] });
    assert.deepEqual(
      problems.filter((text) => !/favicon/.test(text)),
      [],
    );
  });
});

describe('generated pictures become a model for the board, over HTTP, as the IDE does it', () => {
  let walk: Walk;
  before(() => {
    walk = joinWalk(server, projectsDir, 'th', 'shapes');
  });
  after(() => walk.close());

  it('trains, in the language of the browser', async () => {
    const project = await makeSampleProject('shapes', 4, 1);
    assert.deepEqual(await walk.ide.upload(project.id, project.zip), { result: 'success' });
    assert.equal((await walk.ide.train(project.id, { modelType: 'mobilenet-10', epochs: 1 })).result, 'OK');
    assert.match((await walk.waitFor('train_end', 120_000)).msg ?? '', THAI);
    assert.equal((await walk.ide.ping()).stage, 3);
    const names = walk.events.map((event) => event.event);
    assert.deepEqual([names.indexOf('initial'), names.lastIndexOf('initial')], [0, 0], 'first of all, and once');
  });

  it('converts', async () => {
    assert.equal((await walk.ide.convert('shapes')).result, 'OK');
    assert.equal((await walk.ide.ping()).stage, 5);
    await walk.waitFor('convert_model_end', 10_000);
  });

  it('leaves every file of the model', async () => {
    const files = await readdir(join(projectsDir, 'shapes', 'output'));
    assert.deepEqual(
      OUTPUT.filter((file) => !files.includes(file)),
      [],
    );
    assert.match((await walk.ide.output('shapes', 'model_int8.param')).toString('utf8'), /^7767517\n/);
    assert.ok((await walk.ide.output('shapes', 'model_int8.bin')).length > 1000);
    assert.equal((await walk.ide.download('shapes')).subarray(0, 2).toString(), 'PK');
  });
});

describe('recorded words', () => {
  it('become the numpy network of the board', async (t) => {
    const walk = follow(t, 'tones');
    const zip = await makeToneProject('tones', { low: 300, middle: 1100, สูง: 3300 }, 8);
    assert.equal((await walk.ide.upload('tones', zip)).result, 'success');
    assert.equal((await walk.ide.train('tones', { epochs: 8 })).result, 'OK');
    await walk.waitFor('train_end', 300_000);
    assert.equal((await walk.ide.convert('tones')).result, 'OK');
    assert.equal((await walk.ide.output('tones', 'model_cpu.npz')).subarray(0, 2).toString(), 'PK');
  });

  it('are answered by it', async () => {
    const form = new FormData();
    form.append('audio', new Blob([new Uint8Array(tone(3300, 3, 1))], { type: 'audio/wav' }), 'clip.wav');
    form.append('project_id', 'tones');
    form.append('type', 'voice');
    const response = await fetch(`${server.base}/inference_image`, { method: 'POST', body: form });
    const answer = (await response.json()) as { result: string; prediction: string; loudest_s: number };
    assert.equal(answer.result, 'OK', JSON.stringify(answer));
    assert.equal(answer.prediction, 'สูง');
    assert.ok(answer.loudest_s > 0.1 && answer.loudest_s < 0.9, `loudest at ${answer.loudest_s} s of 1 s`);
  });
});

describe('a block-built network with a mistake', () => {
  it('is answered with its line', async (t) => {
    const walk = follow(t, 'blocks');
    await walk.ide.upload('blocks', await makeToneProject('blocks', { low: 300, high: 2000 }, 4));
    const code =
      "torch.nn.Conv2d(in_channels=3, out_channels=8, kernel_size=(3,3))\n__import__('os').system('touch /tmp/owned')";
    await walk.ide.train('blocks', { code });
    assert.match((await walk.waitFor('error', 60_000)).msg ?? '', /line 2/i);
  });
});

interface Report {
  readonly training: {
    readonly labels: readonly string[];
    readonly samples_per_label: Readonly<Record<string, { readonly train: number; readonly validation: number }>>;
  };
}

for (const { what, makeZip, unfit } of [
  { what: 'photos', makeZip: picturesZip, unfit: 1 },
  // the program for sounds reads the names from our file
  { what: 'sounds', makeZip: clipsZip, unfit: 0 },
])
  describe(`${what} with any label`, () => {
    let walk: Walk;
    before(() => {
      walk = joinWalk(server, projectsDir, 'en', `odd-${what}`);
    });
    after(() => walk.close());

    it('are uploaded and learnt', async () => {
      assert.deepEqual(await walk.ide.upload(`odd-${what}`, await makeZip()), { result: 'success' });
      assert.equal((await walk.ide.train(`odd-${what}`, {})).result, 'OK');
      const end = await walk.waitFor('train_end', 300_000);
      assert.deepEqual(Object.keys(end['per_label'] as object).sort(), [...LABELS].sort());
    });

    it("are reported in the order of the board's program", async () => {
      const report = JSON.parse((await walk.ide.output(`odd-${what}`, 'report.json')).toString('utf8')) as Report;
      assert.deepEqual(report.training.labels, LABELS);
      for (const label of LABELS) {
        // samples that look or sound alike are of one scene, so the sides may be of other sizes
        const { train = 0, validation = 0 } = report.training.samples_per_label[label] ?? {};
        assert.deepEqual(
          [train + validation, train > 0, validation > 0],
          [PER_LABEL, true, true],
          JSON.stringify(label),
        );
      }
      const lines = (await walk.ide.output(`odd-${what}`, 'labels.txt')).toString('utf8').split('\n');
      assert.deepEqual(lines, [...LABELS.map((label) => label.replace('\n', ' ')), '']);
    });

    it('are named if the board cannot hold them, and only then', () => {
      const notices = walk.events.filter(({ event }) => event === 'notice').map((event) => event.msg ?? '');
      assert.deepEqual(
        notices.filter((msg) => /no such label|may be among/.test(msg)),
        [],
      );
      assert.equal(notices.filter((msg) => msg.includes("board's program cannot hold")).length, unfit);
    });
  });
