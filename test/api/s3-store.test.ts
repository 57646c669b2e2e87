import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { StoredBlob } from '../../src/cluster/store/blob-store.ts';
import { checkStore } from '../../src/cluster/store/check-store.ts';
import { openS3 } from '../../src/cluster/store/s3.ts';
import type { StoreSettings } from '../../src/config.ts';
import { ConfigError, WrongSetting } from '../../src/errors.ts';
import { noMoto, startMoto, type TestStore } from '../helpers/moto.ts';
import { scriptArguments } from '../helpers/scripts.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { setUp, whenOver } from '../helpers/set-up.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('an S3 store', { skip: noMoto }, () => {
  let moto: TestStore;
  setUp(async () => {
    moto = await startMoto();
  });
  const open = async (settings: StoreSettings) => {
    const store = await openS3(settings);
    whenOver(() => store.close());
    return store;
  };
  const all = async (blobs: AsyncIterable<StoredBlob>) => {
    const found: StoredBlob[] = [];
    for await (const blob of blobs) found.push(blob);
    return found;
  };

  it('keeps things by their hash, and gives one to whoever has its address', async () => {
    const store = await open(moto.settings(await moto.bucket('kept')));
    assert.equal(await store.look(sha256('a photo')), undefined);
    await store.put(sha256('a photo'), Buffer.from('a photo'));
    const { bytes, putMs } = (await store.look(sha256('a photo'))) ?? assert.fail('it is not there');
    assert.ok(bytes === 7 && Math.abs(putMs - Date.now()) < 60_000);
    const answer = await fetch(await store.addressOf(sha256('a photo')));
    assert.equal(await answer.text(), 'a photo');
  });

  it('lists what bears a hash as its name, and deletes', async () => {
    const bucket = await moto.bucket('listed');
    const store = await open(moto.settings(bucket));
    for (const text of ['one', 'two']) await store.put(sha256(text), Buffer.from(text));
    for (const Key of ['kidbright-mai/notes.txt', `another-place/${sha256('one')}`])
      await moto.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'of somebody else' }));
    assert.deepEqual(
      new Set((await all(store.list())).map((blob) => blob.sha256)),
      new Set([sha256('one'), sha256('two')]),
    );
    await store.remove(sha256('one'));
    await store.remove(sha256('never there'));
    assert.deepEqual(
      (await all(store.list())).map((blob) => blob.sha256),
      [sha256('two')],
    );
  });

  it('is tried at the start, and nothing of that stays', async () => {
    const bucket = await moto.bucket('tried');
    await checkStore(await open(moto.settings(bucket)));
    assert.deepEqual(await moto.held(bucket), []);
  });

  const refused = async (settings: Partial<StoreSettings>) =>
    checkStore(await open({ ...moto.settings('refused'), ...settings })).then(
      () => assert.fail('it was taken'),
      (error: unknown) => error as ConfigError,
    );

  it('without its bucket is refused, for good', async () => {
    const error = await refused({ bucket: 'nowhere' });
    assert.match(error.message, /no bucket of the name in MAI_S3_BUCKET: make it/);
    assert.ok(error instanceof WrongSetting);
  });

  it('that does not answer is refused, until it does', async () => {
    const error = await refused({ endpoint: 'http://127.0.0.1:9' });
    assert.match(error.message, /does not answer: start it, or correct MAI_S3_ENDPOINT/);
    assert.ok(error instanceof ConfigError && !(error instanceof WrongSetting));
  });

  it('that cannot be used ends a web server with a sentence, before it has begun anything', async () => {
    const env = {
      ...{ PATH: process.env['PATH'], MAI_PORT: '0', MAI_PROJECTS_DIR: await tempDir() },
      ...{ MAI_REDIS: 'redis://127.0.0.1:9', MAI_CLUSTER_KEY: 'a-key-of-a-cluster-in-a-test', MAI_ROLE: 'web' },
      ...{ MAI_S3_ENDPOINT: moto.endpoint, MAI_S3_ACCESS_KEY_ID: 'a', MAI_S3_SECRET_ACCESS_KEY: 'b' },
      ...{ MAI_S3_BUCKET: 'nowhere', NODE_OPTIONS: '--no-warnings' },
    };
    const server = spawn(process.execPath, scriptArguments('server'), { env, stdio: ['ignore', 'ignore', 'pipe'] });
    whenOver(() => void server.kill('SIGKILL'));
    const exited = once(server, 'exit');
    assert.match(await text(server.stderr), /^The store has no bucket of the name in MAI_S3_BUCKET[^\n]+\n$/);
    assert.deepEqual(await exited, [78, null]);
  });

  it('that keeps what is deleted is refused', async () => {
    const bucket = await moto.bucket('refused');
    await moto.client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    assert.match((await refused({})).message, /keeps old versions.*without versioning/);
  });
});

it('a store that is not of AWS is asked at its own name, for an address that works for five minutes', async () => {
  const store = await openS3({
    ...{ bucket: 'school-photos', endpoint: 'http://store.school.th:9000', region: 'us-east-1' },
    ...{ prefix: 'kidbright-mai/', accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const { origin, pathname, searchParams } = new URL(await store.addressOf(sha256('a photo')));
  assert.equal(origin + pathname, `http://store.school.th:9000/school-photos/kidbright-mai/${sha256('a photo')}`);
  assert.equal(searchParams.get('X-Amz-Expires'), '300');
  store.close();
});

describe('a store over HTTP', () => {
  const open = async (answer: (request: IncomingMessage, response: ServerResponse) => void, answerMs?: number) => {
    const server = createServer((request, response) => answer(request.resume(), response)).listen(0, '127.0.0.1');
    whenOver(() => void server.close().closeAllConnections());
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { bucket: 'photos', prefix: 'p/', region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' };
    const store = await openS3({ ...settings, endpoint }, answerMs);
    whenOver(() => store.close());
    return { store, next: () => store.list()[Symbol.asyncIterator]().next() };
  };

  for (const [name, begin] of [
    ['does not answer', ''],
    ['never ends its answer', '<?xml version="1.0"?>'],
  ] as const)
    it(`that ${name} keeps nobody waiting`, async () => {
      const { store, next } = await open(({ method }, response) => {
        if (begin && method !== 'HEAD') response.writeHead(200).write(begin);
      }, 100);
      const hash = sha256('a photo');
      const asked = [store.look(hash), store.put(hash, Buffer.from('a photo')), store.remove(hash), next()];
      const over = await Promise.allSettled(asked);
      assert.deepEqual(new Set(over.map(({ status }) => status)), new Set(['rejected']));
    });

  it('is told the hash of what is put there, and nothing that other makers do not know', async () => {
    let headers: IncomingMessage['headers'] = {};
    const { store } = await open((request, response) => {
      headers = request.headers;
      response.end();
    });
    await store.put(sha256('a photo'), Buffer.from('a photo'));
    const own = Object.keys(headers).filter((key) => /checksum|trailer|encoding/.test(key));
    assert.deepEqual(own, ['x-amz-checksum-sha256']);
    assert.equal(Buffer.from(String(headers['x-amz-checksum-sha256']), 'base64').toString('hex'), sha256('a photo'));
  });

  it('is listed to the last page', async () => {
    const urls: string[] = [];
    const { store } = await open(({ url = '' }, response) => {
      urls.push(url);
      const more = urls.length < 3 ? `<NextContinuationToken>page-${urls.length}</NextContinuationToken>` : '';
      const one = `<Contents><Key>p/${sha256(url)}</Key><Size>1</Size></Contents>`;
      response.end(`<?xml version="1.0"?><ListBucketResult>${one}${more}</ListBucketResult>`);
    });
    const found: string[] = [];
    for await (const blob of store.list()) found.push(blob.sha256);
    assert.deepEqual(found, urls.map(sha256));
    assert.deepEqual(
      urls.map((url) => new URL(url, 'http://store').searchParams.get('continuation-token')),
      [null, 'page-1', 'page-2'],
    );
  });
});
