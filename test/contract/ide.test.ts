import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { IdeClient, type IdeOptions } from '../helpers/ide-client.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { makeProjectZip, type ProjectZipOptions } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 });
const opened: IdeClient[] = [];
after(() => opened.forEach((ide) => ide.close()));

const THAI = { 'accept-language': 'th-TH,th;q=0.9,en;q=0.8' };
const ADVICE = /^Error: .* Reload the page \(press F5\) and connect again\.$/;
const LONG = { epochs: 1000, epochMs: 50 };
let addresses = 0;

interface Pupil {
  readonly projectId: string;
  readonly trainConfig?: object;
  readonly zip?: ProjectZipOptions;
  readonly headers?: IdeOptions['headers'];
}

/** A pupil at a computer of their own, connected. */
async function sitDown({ projectId, trainConfig = {}, zip = {}, headers }: Pupil): Promise<IdeClient> {
  addresses += 1;
  const bytes = await makeProjectZip({ id: projectId, trainConfig, ...zip });
  const ide = new IdeClient({
    base: server.base,
    projectId,
    zip: bytes,
    trainConfig,
    from: `127.0.3.${addresses}`,
    ...(headers ? { headers } : {}),
  });
  opened.push(ide);
  await ide.connect();
  return ide;
}

const shows = (ide: IdeClient, text: RegExp) =>
  until(() => ide.log.find((line) => text.test(line.text)), 60_000, `the log line ${text}`);
const inState = (ide: IdeClient, state: IdeClient['state']) =>
  until(() => ide.state === state, 60_000, `the state ${state}`);
const reds = (ide: IdeClient) => ide.log.filter(({ red }) => red).map(({ text }) => text);
const points = (epochs: number) =>
  Array.from({ length: epochs }, (_, index) => ({ trainLoss: 1 / (index + 1), valAcc: 51 + index }));
const stop = async (projectId: string) =>
  assert.equal((await server.get(`/terminate?project_id=${projectId}`)).status, 200);

/** Something of somebody else keeps the one slot busy. */
async function occupy(): Promise<() => Promise<void>> {
  await server.train('busy', LONG);
  await server.jobIn('busy', 'active');
  return () => stop('busy');
}

describe('the IDE, where all goes well', () => {
  it('trains, draws its curves, converts and has the files of the board', async () => {
    const ide = await sitDown({ projectId: 'success', trainConfig: { epochs: 3, batches: 2 } });
    assert.equal(ide.state, 'ready');
    await ide.train();
    await inState(ide, 'trained');
    assert.deepEqual([ide.clears, ide.epoch, ide.progress], [1, '3 / 3', 1]);
    assert.deepEqual(ide.curve, points(3));
    await ide.convert();
    assert.deepEqual(
      [ide.state, [...ide.files.keys()], ide.clears],
      ['converted', ['model_int8.bin', 'model_int8.param'], 1],
    );
    assert.deepEqual([reds(ide), ide.console], [[], []]);
    await ide.train();
    await until(() => ide.clears === 2, 60_000, 'the next training');
    await inState(ide, 'trained');
    assert.deepEqual(ide.curve, points(3));
  });

  it('loses no point and doubles none when its stream breaks', async () => {
    const ide = await sitDown({ projectId: 'broken-stream', trainConfig: { epochs: 60, epochMs: 50 } });
    await ide.train();
    await until(() => ide.curve.length > 3, 60_000, 'some points');
    ide.cut();
    await inState(ide, 'trained');
    assert.equal(ide.connections, 2);
    assert.deepEqual([ide.curve, ide.clears], [points(60), 1]);
  });
});

describe('the IDE, refused', () => {
  it('at the upload: one red line with the advice, and a reload unlocks it', async () => {
    const ide = await sitDown({ projectId: 'bad-upload', zip: { without: ['project.json'] } });
    await ide.train();
    await shows(ide, /project\.json/);
    assert.equal(reds(ide).length, 1);
    assert.match(String(reds(ide)), ADVICE);
    await ide.train();
    assert.deepEqual([ide.state, ide.console.length], ['training', 1], 'stuck');
    await ide.reload();
    assert.deepEqual([ide.state, ide.log], ['ready', []]);
  });

  it('at the training, in Thai', async () => {
    const ide = await sitDown({ projectId: 'bad-train', trainConfig: { modelType: 'yolo11n' }, headers: THAI });
    await ide.train();
    await until(() => reds(ide).length > 0, 60_000, 'a red line');
    assert.match(String(reds(ide)), /^Error: [^a-z]*yolo11n.*F5.*เชื่อมต่ออีกครั้งนะ$/);
    await ide.reload();
    assert.equal(ide.state, 'ready');
  });

  it('at the conversion: says why, once', async () => {
    const ide = await sitDown({ projectId: 'bad-convert', trainConfig: { epochs: 1 } });
    await ide.train();
    await inState(ide, 'trained');
    await server.from(`127.0.3.${addresses}`).post('/train', { project: 'bad-convert', train_config: LONG });
    await until(() => ide.clears === 2, 60_000, 'the start of the other training');
    await ide.convert();
    assert.deepEqual([ide.state, ide.dialog], ['converting', 'Converting failed']);
    await until(() => reds(ide).length > 0, 60_000, 'a red line');
    assert.equal(reds(ide).length, 1);
    assert.match(String(reds(ide)), ADVICE);
    assert.deepEqual(ide.console, []);
    await stop('bad-convert');
  });
});

describe('the IDE, when a job fails', () => {
  it('in training: the reason in red, and after a reload once more, not in red', async () => {
    const ide = await sitDown({ projectId: 'fails', trainConfig: { script: 'error' } });
    await ide.train();
    await shows(ide, /has 1 label/);
    assert.match(String(reds(ide)), ADVICE);
    assert.equal(reds(ide).length, 1);
    await ide.reload();
    await shows(ide, /has 1 label/);
    assert.deepEqual([ide.state, ide.log.length, reds(ide)], ['ready', 1, []]);
  });

  it('in conversion: the reason once, the button stays, a reload gives it back', async () => {
    const ide = await sitDown({ projectId: 'convert-fails', trainConfig: { epochs: 2, convertScript: 'exit_three' } });
    await ide.train();
    await inState(ide, 'trained');
    await ide.convert();
    await shows(ide, /ended unexpectedly/);
    assert.equal(reds(ide).length, 1);
    assert.match(String(reds(ide)), ADVICE);
    assert.equal(ide.state, 'converting');
    await ide.reload();
    await shows(ide, /ended unexpectedly/);
    assert.deepEqual([ide.state, ide.clears, ide.curve, reds(ide)], ['trained', 1, points(2), []]);
  });

  it('in a conversion that somebody else asked for: both are notified, each once', async () => {
    const ide = await sitDown({
      projectId: 'shared',
      trainConfig: { epochs: 1, convertScript: 'error', convertMs: 300 },
    });
    await ide.train();
    await inState(ide, 'trained');
    const other = await sitDown({ projectId: 'shared' });
    other.state = 'trained';
    await other.convert();
    await until(() => reds(other).length > 0 && reds(ide).length > 0, 60_000, 'a red line at both');
    assert.deepEqual(reds(other), reds(ide));
    assert.equal(reds(ide).length, 1);
  });
});

describe('the IDE, reloaded', () => {
  it('while its training waits: notified of its position, and the training follows', async () => {
    const release = await occupy();
    const ide = await sitDown({ projectId: 'waits', trainConfig: { epochs: 2 } });
    await ide.train();
    await shows(ide, /number 1 in the queue/);
    await ide.reload();
    await shows(ide, /number 1 in the queue/);
    assert.equal(ide.clears, 2);
    await release();
    await inState(ide, 'trained');
    assert.deepEqual([ide.curve, ide.clears, reds(ide)], [points(2), 2, []]);
  });

  it('while it trains: the curve is whole, with no point twice', async () => {
    const ide = await sitDown({ projectId: 'trains', trainConfig: { epochs: 40, epochMs: 50 } });
    await ide.train();
    await until(() => ide.curve.length > 5, 60_000, 'some points');
    for (let reloads = 1; reloads <= 4; reloads += 1) {
      await ide.reload();
      await until(() => ide.clears === 1 + reloads, 60_000, 'the start of the stream');
    }
    await inState(ide, 'trained');
    assert.deepEqual([ide.curve, ide.clears], [points(40), 5]);
  });

  it('when trained: nothing is said, the curve stays, the conversion works', async () => {
    const ide = await sitDown({ projectId: 'trained', trainConfig: { epochs: 2 } });
    await ide.train();
    await inState(ide, 'trained');
    await ide.reload();
    assert.deepEqual([ide.state, ide.curve], ['trained', points(2)]);
    await ide.convert();
    assert.deepEqual([ide.state, ide.files.size, ide.clears], ['converted', 2, 1]);
  });

  it('while it converts: shown at the end what to do, and that works', async () => {
    const ide = await sitDown({ projectId: 'converts', trainConfig: { epochs: 1, convertMs: 1500 } });
    await ide.train();
    await inState(ide, 'trained');
    const left = ide.convert().catch(() => undefined);
    await server.jobIn('converts', 'active');
    await ide.reload();
    assert.equal(ide.state, 'converting');
    await shows(ide, /Reload the page .* press Download/);
    assert.deepEqual([ide.clears, reds(ide)], [1, []]);
    await left;
    await ide.reload();
    assert.equal(ide.state, 'converted');
    await ide.download();
    assert.equal(ide.files.size, 2);
  });
});
