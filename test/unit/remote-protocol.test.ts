import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { convertLine, trainLine } from '../../src/child/command.ts';
import { putTogether, takeApart } from '../../src/cluster/remote/job-arguments.ts';
import { isInnerPath, type Order, Orders, readerOf, VERSION } from '../../src/cluster/remote/protocol.ts';
import { createSignatureCheck, sign } from '../../src/cluster/remote/signature.ts';
import { LABELS } from '../helpers/odd-labels.ts';

const OWN = { device: 'cuda', threads: 2, weightsDir: '/host/weights' };
const CONFIG = { python: 'p', pythonDir: '/py', weightsDir: '/web/weights', missingWeights: 'fail' } as const;
const TRAINING = {
  ...{
    entry: 'train_voice_classification' as const,
    project: '/p/input',
    output: '/p/output-2',
    checkpoints: '/p/checkpoints',
  },
  ...{ cache: '/p/cache', instant: '/p/instant', device: 'cpu', threads: 8, resumeAfterEpoch: 4, answered: true },
};

describe('the arguments of a child on a host', () => {
  it('name no path of the web server', () => {
    const { work, folders } = takeApart(trainLine(CONFIG, TRAINING));
    assert.ok(!JSON.stringify(work).includes('/'), JSON.stringify(work));
    assert.equal(folders.output, '/p/output-2');
    assert.deepEqual(work.folders, ['project', 'output', 'checkpoints', 'instant', 'cache']);
  });

  it('are the same there, but for folders, device, threads and weights', () => {
    const { work } = takeApart(trainLine(CONFIG, TRAINING));
    const { entry, args } = putTogether(work, (folder) => `/host/${folder}`, OWN);
    assert.equal(entry, 'train_voice_classification');
    const local = trainLine(
      { ...CONFIG, weightsDir: '/host/weights' },
      {
        ...{ ...TRAINING, project: '/host/project', output: '/host/output', checkpoints: '/host/checkpoints' },
        ...{ cache: '/host/cache', instant: '/host/instant', device: 'cuda', threads: 2 },
      },
    );
    assert.deepEqual(pairs(args), pairs(local.args));
  });

  it('that are bare have no value, the last one neither', () => {
    const { work } = takeApart(trainLine(CONFIG, { ...TRAINING, answered: false, resumeAfterEpoch: undefined }));
    assert.deepEqual(work.flags.at(-1), { name: 'share-cores' });
  });

  it('of a conversion, too', () => {
    const places = { project: '/a', model: '/b', output: '/c', cache: '/d', sharedCache: '/e' };
    const line = convertLine({ ...places, board: 'kidbright-mai', device: 'cpu', threads: 1 });
    const { work, folders } = takeApart(line);
    const back = putTogether(work, (folder) => folders[folder] ?? '', { ...OWN, device: 'cpu', weightsDir: undefined });
    assert.deepEqual(pairs(back.args), pairs(line.args));
  });

  it('of another kind are refused: they may be a path', () => {
    assert.throws(() => takeApart({ entry: 'convert', args: ['--secret', '/etc/passwd'] }), /not the work of a child/);
    assert.throws(() => takeApart({ entry: 'convert', args: ['--board', '/etc/passwd'] }), /not the work of a child/);
  });
});

/** In an order that does not matter; bare ones have no value. */
function pairs(args: readonly string[]): string[] {
  return args
    .join(' ')
    .split(/ (?=--)/)
    .sort();
}

describe('what comes from the other side', () => {
  it('is refused where a path leads out of its folder', () => {
    for (const path of ['', '..', '../a', 'a/../b', '/a', 'a//b', './a', 'a/.', 'a\0b', 'x'.repeat(256)])
      assert.ok(!isInnerPath(path), JSON.stringify(path));
    for (const path of ['a', 'dataset/ป้าย/1.jpg', '.hidden', '..a', 'a..b/c', 'JPEGImages/1.jpg'])
      assert.ok(isInnerPath(path, '\\') && isInnerPath(path, '/'), path);
    for (const path of ['c:/x', 'c:x', 'a\\..\\b', '\\\\x\\y', 'a:stream']) assert.ok(!isInnerPath(path, '\\'), path);
  });

  it('may have any label in its path', () => {
    for (const label of [...LABELS, 'on\\off', 'C:', 'a:b']) {
      const path = `dataset/${label.replaceAll('/', '_')}/1.jpg`;
      assert.ok(isInnerPath(path, '/'), JSON.stringify(path));
    }
  });

  it('is refused where it is not what it must be', () => {
    const read = readerOf(Orders, 'a list of orders');
    const order: Order = { n: 1, kind: 'signal', run: 'r'.repeat(24), name: 'SIGTERM' };
    assert.deepEqual(read({ orders: [order] }), { orders: [order] });
    assert.throws(() => read({ orders: [{ ...order, name: 'SIGSTOP' }] }), new RegExp(`version ${VERSION}`));
    assert.throws(() => read({ orders: [{ ...order, run: '../x' }] }), /not a list of orders/);
  });
});

describe('a signed request', () => {
  const KEY = 'a-key-of-a-cluster';
  const base = 'http://10.0.0.5:5001';
  const signed = (method: string, path: string, nowMs?: number, key = KEY) => sign(key, { base, method, path }, nowMs);
  const checker = (now?: () => number) => createSignatureCheck(KEY, () => ['http://10.0.0.6:5001', base], now);

  it('is taken once', () => {
    const check = checker();
    const header = signed('GET', '/cluster/x');
    assert.equal(check(header, 'GET', '/cluster/x'), undefined);
    assert.equal(check(header, 'GET', '/cluster/x'), 'no key');
  });

  it('counts for its method, path and key alone', () => {
    const check = checker();
    assert.equal(check(signed('GET', '/cluster/x'), 'PUT', '/cluster/x'), 'no key');
    assert.equal(check(signed('GET', '/cluster/x'), 'GET', '/cluster/y'), 'no key');
    assert.equal(check(signed('GET', '/cluster/x', undefined, 'another-key-of-it'), 'GET', '/cluster/x'), 'no key');
    for (const header of [undefined, '', `Bearer ${KEY}`, signed('GET', '/').slice(0, -1)])
      assert.equal(check(header, 'GET', '/'), 'no key', header);
  });

  it('counts at its web server alone: whoever says another address in Redis cannot pass it on', () => {
    const check = checker();
    const header = sign(KEY, { base: 'http://6.6.6.6', method: 'GET', path: '/cluster/x' });
    assert.equal(check(header, 'GET', '/cluster/x'), 'no key');
  });

  it('is refused where it was made at another time', () => {
    const now = Date.now();
    const check = checker(() => now);
    assert.equal(check(signed('GET', '/', now - 29_000), 'GET', '/'), undefined);
    assert.equal(check(signed('GET', '/', now - 31_000), 'GET', '/'), 'another time');
    assert.equal(check(signed('GET', '/', now + 31_000), 'GET', '/'), 'another time');
  });

  it('never has the key in it', () => assert.ok(!signed('GET', '/').includes(KEY)));
});
