import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Fastify from 'fastify';
import { createHub } from '../../src/cluster/remote/hub.ts';
import { Refused, webServer } from '../../src/cluster/remote/client.ts';
import { LIMITS, VERSION } from '../../src/cluster/remote/protocol.ts';
import { registerErrorHandler } from '../../src/http/error-handler.ts';
import { hostRoutes } from '../../src/cluster/remote/routes.ts';
import type { Slot } from '../../src/jobs/domain/slots.ts';
import type { App } from '../../src/http/app-type.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const KEY = 'a-key-of-a-cluster-in-a-test';
const OFFER = { version: VERSION, host: 'h', device: 'cpu', threads: 1 };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A web server with a job whose child a host has begun. */
async function start(isHeld = () => true, onTouch = () => {}) {
  const root = await tempDir();
  const place = (name: string) => join(root, name);
  mkdirSync(join(place('input'), 'dataset', 'Empty'), { recursive: true });
  mkdirSync(place('checkpoints'));
  writeFileSync(join(place('input'), 'dataset', '1.jpg'), 'a photo');
  for (const name of ['0.pt', 'last.pt']) writeFileSync(join(place('checkpoints'), name), 'state');
  symlinkSync('/etc/passwd', join(place('input'), 'dataset', 'link.jpg'));

  const hub = createHub(60_000);
  const slots: Slot[] = [];
  hub.begin({ onSlot: (slot) => void slots.push(slot), onLost: () => undefined });
  const app = Fastify() as unknown as App;
  let base = '';
  registerErrorHandler(app, { maxBodyBytes: 1, refuse: () => undefined });
  await app.register(hostRoutes, { hub, key: KEY, bases: () => [base], lostMs: 60_000, ownership: { isHeld } });
  after(() => app.close());
  base = await app.listen({ port: 0 });
  const server = webServer(base, KEY);
  const { slot } = await server.offer(OFFER);
  const run = hub.take(slots[0]?.index ?? 0, { onLines: onTouch, onStderr: () => undefined }, 'job');
  const args = ['--project', place('input'), '--checkpoints', place('checkpoints'), '--output', place('output')];
  run.child.writeLine(JSON.stringify({ entry: 'train_image_classification', args }));
  return { app, root, hub, server, slot, run, link: server.run(run.token, new AbortController().signal) };
}

const isOver = (error: unknown) => error instanceof Refused && error.status === 410;

describe('what a web server says to hosts', () => {
  it('lists the inputs of a run: no links, and no second names of checkpoints', async () => {
    const { link } = await start();
    const { trees } = await link.manifest();
    assert.deepEqual(trees.project?.files, [{ path: 'dataset/1.jpg', sha256: sha256('a photo'), bytes: 7 }]);
    assert.deepEqual(trees.project?.folders, ['dataset', 'dataset/Empty']);
    assert.deepEqual(
      trees.checkpoints?.files.map(({ path }) => path),
      ['last.pt'],
    );
  });

  it('gives an input by its content, and nothing else', async () => {
    const { link, root } = await start();
    await link.manifest();
    await link.fetch(sha256('a photo'), 7, join(root, 'got'));
    assert.equal(readFileSync(join(root, 'got'), 'utf8'), 'a photo');
    await assert.rejects(link.fetch(sha256('another'), 7, join(root, 'no')), isOver);
  });

  it('takes a file and puts its folder in place', async () => {
    const { link, root } = await start();
    const files = [{ path: 'model.pth', sha256: sha256('a photo'), bytes: 7 }];
    await link.manifest();
    assert.deepEqual(await link.list('output', files), [], 'it knows this content already');
    assert.equal(readFileSync(join(root, 'output', 'model.pth'), 'utf8'), 'a photo');
    writeFileSync(join(root, 'made'), 'weights');
    const made = [{ path: 'model.pth', sha256: sha256('weights'), bytes: 7 }];
    assert.deepEqual(await link.list('output', made), [sha256('weights')]);
    await link.send(sha256('weights'), 7, join(root, 'made'));
    assert.deepEqual(await link.list('output', made), []);
  });

  it('refuses what belongs to a run that is over', async () => {
    const { link, run, root } = await start();
    await link.manifest();
    run.ended({ code: 0, signal: null });
    await run.child.ended;
    for (const asked of [
      () => link.manifest(),
      () => link.list('output', [{ path: 'model.pth', sha256: sha256('a photo'), bytes: 7 }]),
      () => link.output(0, [{ text: 'late' }]),
      () => link.end({ code: 0, signal: null }),
    ])
      await assert.rejects(asked, isOver);
    assert.ok(!existsSync(join(root, 'output')));
  });

  it('refuses what a job is given that another process has by now', async () => {
    const { link, root } = await start(() => false);
    await link.manifest();
    await assert.rejects(link.list('output', [{ path: 'm', sha256: sha256('a photo'), bytes: 7 }]), isOver);
    assert.ok(!existsSync(join(root, 'output')));
  });

  it('refuses another key, another version and a slot that it does not know', async () => {
    const { server } = await start();
    await assert.rejects(webServer(server.base, `${KEY}-of-another`).offer(OFFER), { status: 401 });
    await assert.rejects(server.offer({ ...OFFER, version: VERSION + 1 }), { status: 409 });
    await assert.rejects(server.next('unknown-unknown-unknown', 0, undefined), { status: 410 });
  });

  it('says why it does not take a file, before all of it has come', async () => {
    let fullAfter = 3;
    const { app, link, root } = await start(undefined, () => {
      fullAfter -= 1;
      if (fullAfter === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    });
    const content = 'x'.repeat(8_000_000);
    writeFileSync(join(root, 'long'), content);
    const send = () => link.send(sha256(content), content.length, join(root, 'long'));
    await assert.rejects(send, { name: 'Refused', status: 507 });
    const connections = async () => {
      app.server.closeIdleConnections();
      return new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
    };
    await until(async () => (await connections()) === 0, 20_000, 'the end of its connection');
    await send();
  });

  it('refuses what is no listing and what has a hole, and is not asked again', async () => {
    const { link } = await start();
    const files = Array.from({ length: LIMITS.files + 1 }, (_, at) => ({
      path: String(at),
      sha256: sha256('a'),
      bytes: 1,
    }));
    await assert.rejects(link.list('output', files), { name: 'Refused', status: 400 });
    await assert.rejects(link.list('instant', []), { name: 'Refused', status: 400 });
    await assert.rejects(link.output(1, [{ text: 'b' }]), { name: 'Refused', status: 400 });
  });

  it('sees all the time that a large input is fetched: its child does not hang', async () => {
    let touched = 0;
    const { link, root } = await start(undefined, () => void (touched += 1));
    const content = 'x'.repeat(2_000_000);
    writeFileSync(join(root, 'input', 'dataset', 'long.jpg'), content);
    await link.manifest();
    touched = 0;
    await link.fetch(sha256(content), content.length, join(root, 'got'));
    assert.ok(touched > 10, `${touched} times`);
  });

  it('is not blamed for a file that cannot be read here', async () => {
    const { link, root } = await start();
    await assert.rejects(link.send(sha256('gone'), 4, join(root, 'gone')), { code: 'ENOENT' });
  });
});

describe('a host', () => {
  it('asks again where a web server could not answer, and not where it would say the same', async () => {
    const statuses = [408, 429, 502, 503, 504, 400, 401, 410, 413, 500, 507];
    const answers = statuses.values();
    const app = Fastify();
    after(() => app.close());
    app.post('/cluster/slots', async (_request, reply) => reply.code(answers.next().value ?? 200).send({}));
    const server = webServer(await app.listen({ port: 0 }), KEY);
    const isRefused: boolean[] = [];
    for (const _ of statuses)
      await server.offer(OFFER).catch((error: unknown) => isRefused.push(error instanceof Refused));
    assert.deepEqual(isRefused, [...Array(5).fill(false), ...Array(6).fill(true)]);
  });
});
