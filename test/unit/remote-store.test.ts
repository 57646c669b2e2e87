import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Fastify from 'fastify';
import { webServer } from '../../src/cluster/remote/client.ts';
import { createFromStore } from '../../src/cluster/remote/from-store.ts';
import { createHub } from '../../src/cluster/remote/hub.ts';
import { hostRoutes } from '../../src/cluster/remote/routes.ts';
import { createSharedPhotos } from '../../src/cluster/store/shared-photos.ts';
import type { App } from '../../src/http/app-type.ts';
import { memoryStore } from '../helpers/memory-store.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const KEY = 'a-key-of-a-cluster-in-a-test';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A web server whose photos pass through a store, and a run of a host there. */
async function start() {
  const root = await tempDir();
  mkdirSync(join(root, 'input', 'dataset'), { recursive: true });
  mkdirSync(join(root, 'checkpoints', 'dataset'), { recursive: true });
  writeFileSync(join(root, 'input', 'dataset', '1.jpg'), 'a photo');
  writeFileSync(join(root, 'input', 'project.json'), '{}');
  writeFileSync(join(root, 'checkpoints', 'dataset', 'last.pt'), 'state');
  const store = memoryStore(Date.now);
  const asked: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    asked.push(request);
    const found = store.held.get(request.url?.slice(1) ?? '');
    response.writeHead(found ? 200 : 404, { 'content-length': found?.content.length ?? 0 }).end(found?.content);
  }).listen(0, '127.0.0.1');
  after(() => void http.close().closeAllConnections());
  await until(() => http.listening, 5_000, 'the store');
  const { port } = http.address() as AddressInfo;
  store.addressOf = async (hash) => `http://127.0.0.1:${port}/${hash}`;
  const said: string[] = [];
  const photos = createSharedPhotos({ store, report: (error) => void said.push(String(error)) });

  const hub = createHub(60_000);
  const [slots, bases]: [number[], string[]] = [[], []];
  hub.begin({ onSlot: ({ index }) => void slots.push(index), onLost: () => undefined });
  const app = Fastify() as unknown as App;
  await app.register(hostRoutes, {
    hub,
    key: KEY,
    bases: () => bases,
    lostMs: 60_000,
    ownership: { isHeld: () => true },
    photos,
  });
  const sent: string[] = [];
  app.addHook(
    'onResponse',
    async ({ url }, { statusCode }) => void sent.push(`${statusCode} ${url.split('/').at(-1)}`),
  );
  after(() => app.close());
  const base = await app.listen({ port: 0 });
  bases.push(base);
  const server = webServer(base, KEY);
  hub.offer({ device: 'cpu', threads: 1 });
  const run = hub.take(slots[0] ?? 0, { onLines: () => undefined, onStderr: () => undefined }, 'job');
  const args = ['--project', join(root, 'input'), '--checkpoints', join(root, 'checkpoints'), '--output', root];
  run.child.writeLine(JSON.stringify({ entry: 'train_image_classification', args }));
  const link = server.run(run.token, new AbortController().signal);
  await link.manifest();
  const fetched = async (text: string) => {
    await link.fetch(sha256(text), text.length, join(root, 'got'));
    return readFileSync(join(root, 'got'), 'utf8');
  };
  const bySha = (text: string, ...statuses: string[]) => statuses.map((status) => status.replace('*', sha256(text)));
  return { store, http, asked, said, sent: () => sent.filter((line) => /[0-9a-f]{64}/.test(line)), fetched, bySha };
}

describe('a photo on its way to a host through a store', () => {
  it('comes from there, for no key, and not from the web server', async () => {
    const { asked, sent, fetched, bySha } = await start();
    assert.equal(await fetched('a photo'), 'a photo');
    assert.deepEqual(sent(), bySha('a photo', '307 *'));
    assert.equal(asked[0]?.headers.authorization, undefined);
  });

  it('is the only kind of file that does', async () => {
    const { store, fetched } = await start();
    assert.deepEqual([await fetched('{}'), await fetched('state')], ['{}', 'state']);
    assert.equal(store.held.size, 0);
  });

  it('comes from the web server where another one lies in the store, which is mended', async () => {
    const { store, fetched, sent, bySha } = await start();
    await fetched('a photo');
    store.held.set(sha256('a photo'), { content: Buffer.from('A PHOTO'), putMs: Date.now() });
    assert.equal(await fetched('a photo'), 'a photo');
    assert.deepEqual(sent(), bySha('a photo', '307 *', '307 *', '200 *?store=wrong'));
    const held = () => store.held.get(sha256('a photo'))?.content.toString();
    await until(() => held() === 'a photo', 5_000, 'the right one');
  });

  it('comes from the web server where one of another length lies in the store, or none', async () => {
    const { store, fetched, sent, bySha } = await start();
    await fetched('a photo');
    store.held.set(sha256('a photo'), { content: Buffer.from('half'), putMs: Date.now() });
    assert.equal(await fetched('a photo'), 'a photo');
    store.held.clear();
    assert.equal(await fetched('a photo'), 'a photo');
    assert.deepEqual(sent().slice(2), bySha('a photo', '200 *?store=wrong', '307 *', '200 *?store=missing'));
  });

  it('comes from the web server where the host does not reach the store, which is not tried again at once', async () => {
    const { http, said, fetched, sent, bySha } = await start();
    await fetched('a photo');
    http.close().closeAllConnections();
    assert.deepEqual([await fetched('a photo'), await fetched('a photo')], ['a photo', 'a photo']);
    const direct = '200 *?store=unreachable';
    assert.deepEqual(sent().slice(1), bySha('a photo', '307 *', direct, direct));
    assert.match(said.join('\n'), /A worker does not reach the store/);
  });

  it('comes from the web server where the store does not answer that', async () => {
    const { store, fetched, sent, bySha } = await start();
    store.state = 'broken';
    assert.equal(await fetched('a photo'), 'a photo');
    assert.deepEqual(sent(), bySha('a photo', '200 *'));
  });
});

describe('a store, as a host asks it', () => {
  const FILE = { sha256: sha256('a photo'), bytes: 7 };
  const never = new AbortController().signal;
  /** `status`: of each answer, whose content is a photo. */
  const ask = async (status = 200) => {
    const http = createServer((_, response) => response.writeHead(status, { 'content-length': 7 }).end('a photo'));
    http.listen(0, '127.0.0.1');
    after(() => void http.close().closeAllConnections());
    await until(() => http.listening, 5_000, 'the store');
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  };

  it('is left alone for a minute where it refuses an address, whatever it sends with that', async () => {
    let now = 0;
    const store = createFromStore(() => now);
    const path = join(await tempDir(), 'got');
    for (const status of [403, 500, 301])
      assert.equal(await store.fetch(await ask(status), FILE, path, never), 'unreachable');
    assert.ok(store.isOff);
    now = 60_000;
    assert.ok(!store.isOff);
  });

  it('is not to blame where the disk is full, or the run is over', async () => {
    const store = createFromStore();
    const address = await ask();
    await assert.rejects(store.fetch(address, FILE, '/dev/full', never), { code: 'ENOSPC' });
    await assert.rejects(store.fetch(address, FILE, join(await tempDir(), 'got'), AbortSignal.abort()));
    assert.ok(!store.isOff);
  });
});
