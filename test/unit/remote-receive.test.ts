import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { LIMITS } from '../../src/cluster/remote/protocol.ts';
import { createReceived, type Received } from '../../src/cluster/remote/receive.ts';
import { createSendBack } from '../../src/cluster/remote/send-back.ts';
import { AppError } from '../../src/errors.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const item = (path: string, text: string) => ({ path, sha256: sha256(text), bytes: text.length });
const keep = (received: Received, text: string, name = text) =>
  received.keep(sha256(name), Readable.from([Buffer.from(text)]), () => undefined);

async function start(room?: number) {
  const root = await tempDir();
  const scratch = join(root, '.scratch-x');
  return { root, scratch, folder: join(root, 'output'), received: createReceived(scratch, room) };
}

describe('what a host sends back', () => {
  it('gets its name when all of it is there', async () => {
    const { folder, received } = await start();
    const files = [item('model.pth', 'weights'), item('a/b.txt', 'text')];
    await keep(received, 'weights');
    assert.deepEqual(await received.put(folder, files, true, () => true), [sha256('text')]);
    assert.ok(!existsSync(folder));
    await keep(received, 'text');
    assert.deepEqual(await received.put(folder, files, true, () => true), []);
    assert.equal(readFileSync(join(folder, 'a', 'b.txt'), 'utf8'), 'text');
  });

  it('takes the place of what was there as a whole', async () => {
    const { root, scratch, folder, received } = await start();
    mkdirSync(folder);
    writeFileSync(join(folder, 'old'), 'old');
    await keep(received, 'new');
    await received.put(folder, [item('new', 'new')], true, () => true);
    assert.deepEqual(readdirSync(folder), ['new']);
    assert.deepEqual(readdirSync(root).sort(), ['.scratch-x', 'output']);
    assert.deepEqual(readdirSync(scratch), []);
    assert.equal(statSync(folder).mode & 0o777, 0o755);
  });

  it('takes the place of checkpoints one by one, and leaves the others', async () => {
    const { folder, received } = await start();
    mkdirSync(folder);
    writeFileSync(join(folder, 'first-answer.pt'), 'first');
    writeFileSync(join(folder, 'last.pt'), '1');
    await keep(received, '2');
    await received.put(folder, [item('last.pt', '2'), item('best.pt', '2')], false, () => true);
    assert.deepEqual(readdirSync(folder).sort(), ['best.pt', 'first-answer.pt', 'last.pt']);
    assert.equal(readFileSync(join(folder, 'last.pt'), 'utf8'), '2');
  });

  it('is sent again where what was known has been replaced', async () => {
    const { folder, received } = await start();
    await keep(received, '1');
    await received.put(folder, [item('last.pt', '1')], false, () => true);
    await keep(received, '2');
    await received.put(folder, [item('last.pt', '2')], false, () => true);
    assert.deepEqual(await received.put(folder, [item('last.pt', '1')], false, () => true), [sha256('1')]);
  });

  it('is refused where it is another content, leads out of its folder or is listed twice', async () => {
    const { scratch, folder, received } = await start();
    await assert.rejects(keep(received, 'x', 'y'), AppError);
    assert.deepEqual(readdirSync(scratch), []);
    await keep(received, 'z');
    await assert.rejects(
      received.put(folder, [item('../z', 'z')], true, () => true),
      /leads out/,
    );
    await assert.rejects(
      received.put(folder, [item('z', 'z'), item('z', 'z')], true, () => true),
      /twice/,
    );
    assert.ok(!existsSync(folder));
  });

  it('may wait up to a size, its own and not that which a listing says', async () => {
    const { folder, received } = await start(10);
    await keep(received, 'aaaa');
    await received.put(folder, [{ ...item('a', 'aaaa'), bytes: LIMITS.fileBytes }], true, () => true);
    await keep(received, 'bbbbbb');
    await assert.rejects(keep(received, 'ccccc'), /too much waits/);
    for (const text of ['dd', 'dd', 'ee']) await keep(received, text);
  });

  it('counts as waiting when it is whole, whatever comes beside it and is cut', async () => {
    const { received } = await start(10);
    const cut = new PassThrough();
    const isCut = assert.rejects(received.keep(sha256('x'), cut, () => undefined));
    await new Promise<void>((resolve) => cut.write('xxxx', () => resolve()));
    await keep(received, 'aaaa');
    cut.destroy(new Error('the line is cut'));
    await isCut;
    await assert.rejects(keep(received, 'bbbbbbb'), /too much waits/);
    await keep(received, 'bbbbbb');
  });

  it('is put in place one after the other, also where it is asked for twice at once', async () => {
    const { folder, received } = await start();
    await keep(received, 'weights');
    const files = [item('model.pth', 'weights')];
    const put = () => received.put(folder, files, true, () => true);
    assert.deepEqual(await Promise.all([put(), put(), put()]), [[], [], []]);
    assert.deepEqual(readdirSync(folder), ['model.pth']);
  });

  it('is refused where another process has the job by now', async () => {
    const { folder, received } = await start();
    await keep(received, 'late');
    const put = received.put(folder, [item('model.pth', 'late')], true, () => false);
    await assert.rejects(put, { code: 'run_is_over' });
    assert.ok(!existsSync(folder));
  });
});

describe('the checkpoints of a host', () => {
  const sender = async () => {
    const root = await tempDir();
    mkdirSync(join(root, 'checkpoints'));
    const sent: string[] = [];
    const listed: string[][] = [];
    const known = new Set<string>();
    const back = createSendBack((name) => join(root, name), join(root, 'copies'), {
      async list(_folder, files) {
        listed.push(files.map(({ path }) => path).sort());
        return files.map((file) => file.sha256).filter((one) => !known.has(one));
      },
      async send(sha, _bytes, path) {
        sent.push(readFileSync(path, 'utf8'));
        known.add(sha);
      },
    });
    return { folder: join(root, 'checkpoints'), back, sent, listed };
  };

  it('are sent where they are new, without the names by which they take turns', async () => {
    const { folder, back, sent, listed } = await sender();
    for (const name of ['0.pt', 'last.pt']) writeFileSync(join(folder, name), '1');
    writeFileSync(join(folder, '.last.pt.new'), 'half');
    await back.folder('checkpoints');
    assert.deepEqual(listed.at(-1), ['last.pt']);
    const asked = listed.length;
    assert.equal(asked, 2, 'what is missing, and whether all is there');
    await back.folder('checkpoints');
    assert.equal(listed.length, asked, 'nothing is new');
    writeFileSync(join(folder, 'best.pt'), '1');
    await back.folder('checkpoints');
    assert.equal(listed.length, asked + 1, 'nothing is missing');
    rmSync(join(folder, 'best.pt'));
    writeFileSync(join(folder, 'last.pt'), '22');
    await back.folder('checkpoints');
    assert.deepEqual(sent, ['1', '22']);
  });

  it('lie in copies while they are sent: the child writes over them', async () => {
    const { folder, back, sent } = await sender();
    writeFileSync(join(folder, 'last.pt'), 'old');
    const sending = back.folder('checkpoints');
    await sending;
    assert.deepEqual(sent, ['old']);
    assert.ok(!existsSync(join(folder, '..', 'copies')));
  });
});
