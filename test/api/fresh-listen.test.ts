import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { failureAgain, jobSoFar } from '../../src/events/stream/fresh-start.ts';
import { openStream, type EventStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { ONE_LABEL } from '../helpers/one-label.ts';

const server = await startJobServer({ slots: 1 });
const LONG = { epochs: 1000, epochMs: 20 };
const initials = (stream: EventStream) =>
  stream.messages.filter(({ data }) => data.event === 'initial').map(({ data }) => data.project_id);
const epochs = (stream: EventStream) =>
  stream.messages.filter(({ data }) => data.event === 'epoch_end').map(({ data }) => data.epoch);
const count = (length: number) => Array.from({ length }, (_, index) => index + 1);
const codes = (stream: EventStream) => stream.messages.map(({ data }) => data.code ?? data.event);

/** Whatever a stream is sent at its start has come once this refusal comes. */
async function whatComesFirst(stream: EventStream, from: string): Promise<EventStream> {
  await server.from(from).post('/train', { project: 'nowhere' });
  await stream.waitFor('error');
  return stream;
}

describe('a fresh stream of a client whose newest job is a training', () => {
  it('that waits: one initial and its place, with the ids of the log', async () => {
    await server.from('127.0.0.9').train('busy', LONG);
    await server.jobIn('busy', 'active');
    const live = await openStream(`${server.base}/listen`, { from: '127.0.4.1' });
    const { body } = await server.from('127.0.4.1').train('waits', { epochs: 2 });
    await live.waitFor('notice');
    for (const path of ['/listen', '/listen?project_id=waits']) {
      const fresh = await openStream(server.base + path, { from: '127.0.4.1' });
      await fresh.waitFor('notice');
      assert.deepEqual(fresh.messages, live.messages);
      assert.deepEqual([fresh.names(), fresh.messages[0]?.id], [['initial', 'notice'], `${String(body.job_id)}:1`]);
      fresh.close();
    }
    live.close();
    await server.get('/terminate?project_id=busy');
  });

  it('that runs: the curve so far and what follows, at whatever moment the stream was opened', async () => {
    const live = await openStream(`${server.base}/listen`, { from: '127.0.4.2' });
    const training = server.from('127.0.4.2').train('runs', { epochs: 40, epochMs: 20, batches: 3 });
    const fresh: EventStream[] = [];
    while (!live.names().includes('train_end')) {
      fresh.push(
        await openStream(`${server.base}/listen${fresh.length % 2 ? '?project_id=runs' : ''}`, { from: '127.0.4.2' }),
      );
      await new Promise((resolve) => setTimeout(resolve, 7 * (fresh.length % 9)));
    }
    await training;
    for (const stream of fresh.slice(0, -1)) {
      await stream.waitFor('train_end');
      assert.deepEqual([initials(stream), epochs(stream)], [['runs'], count(40)]);
      const ids = stream.messages.map(({ id }) => Number(id?.split(':')[1]));
      assert.deepEqual(
        ids,
        [...new Set(ids)].sort((a, b) => a - b),
      );
      const inTheLog = new Map(live.messages.map(({ id, data }) => [id, data]));
      for (const { id, data } of stream.messages) assert.deepEqual(data, inTheLog.get(id));
    }
    assert.ok(fresh.length > 5, `${fresh.length} streams`);
    for (const stream of [...fresh, live]) stream.close();
  });

  it('goes on after an id of the replay as every stream does', async () => {
    const from = '127.0.4.3';
    await server.from(from).train('continued', { epochs: 30, epochMs: 20 });
    const live = await openStream(`${server.base}/listen`, { from });
    await until(() => epochs(live).length > 3);
    const fresh = await openStream(`${server.base}/listen`, { from });
    await until(() => epochs(fresh).length > 2);
    const last = fresh.messages[2];
    fresh.close();
    const back = await openStream(`${server.base}/listen`, { from, headers: { 'last-event-id': String(last?.id) } });
    await back.waitFor('train_end');
    assert.deepEqual([initials(back), epochs(back)], [[], count(30).slice(Number(last?.data.epoch))]);
    back.close();
    live.close();
  });

  it('the newest job counts, and each later training on the stream has its own initial', async () => {
    const from = '127.0.4.4';
    await server.from('127.0.0.9').train('busy', LONG);
    await server.jobIn('busy', 'active');
    await server.from(from).train('older', { epochs: 2 });
    await server.from(from).train('newer', { epochs: 2 });
    const stream = await openStream(`${server.base}/listen`, { from });
    await stream.waitFor('initial');
    assert.deepEqual(initials(stream), ['newer']);
    await server.from(from).train('newer', { epochs: 3 });
    await until(() => initials(stream).length === 2, 60_000, 'the initial of the second training');
    const elsewhere = await openStream(`${server.base}/listen`, { from: '127.0.4.5' });
    await server.get('/terminate?project_id=busy');
    await until(() => stream.names().filter((name) => name === 'train_end').length === 2);
    assert.deepEqual(initials(stream), ['newer', 'newer']);
    assert.deepEqual((await whatComesFirst(elsewhere, '127.0.4.5')).names(), ['error']);
    stream.close();
    elsewhere.close();
  });
});

describe('a fresh stream of a client whose newest job has ended', () => {
  it('well: begins with what happens now', async () => {
    const from = '127.0.4.6';
    await server.from(from).train('done', { epochs: 1 });
    await server.jobIn('done', 'completed');
    const stream = await whatComesFirst(await openStream(`${server.base}/listen`, { from }), from);
    assert.deepEqual(stream.names(), ['error']);
    stream.close();
  });

  it('with a failure: is sent the reason once more, as a notice with the id of the error', async () => {
    const from = '127.0.4.7';
    const live = await openStream(`${server.base}/listen`, { from });
    await server.from(from).train('failed', { script: 'error' });
    const error = await live.waitFor('error');
    for (const path of ['/listen', '/listen?project_id=failed']) {
      const fresh = await whatComesFirst(await openStream(server.base + path, { from }), from);
      assert.deepEqual(codes(fresh), ['too_few_labels', 'project_not_found']);
      const { id, data } = fresh.messages[0] ?? assert.fail();
      assert.deepEqual([id, data.event, data.msg, data.count], [error.id, 'notice', ONE_LABEL, 1]);
      fresh.close();
    }
    const back = await whatComesFirst(
      await openStream(`${server.base}/listen`, { from, headers: { 'last-event-id': String(error.id) } }),
      from,
    );
    assert.deepEqual(codes(back), ['project_not_found'], 'who has it is not sent it again');
    back.close();
    live.close();
  });

  it('by a cancel: begins with what happens now', async () => {
    const from = '127.0.4.8';
    await server.from(from).train('cancelled', LONG);
    await server.jobIn('cancelled', 'active');
    await server.get('/terminate?project_id=cancelled');
    const stream = await whatComesFirst(await openStream(`${server.base}/listen`, { from }), from);
    assert.deepEqual(stream.names(), ['error']);
    stream.close();
  });
});

describe('a stream opened during a conversion', () => {
  it('is sent nothing at first, and at the end what to do; other streams are not', async () => {
    const from = '127.0.4.10';
    await server.from(from).train('converts', { epochs: 1, convertMs: 1500 });
    await server.jobIn('converts', 'completed');
    const before = await openStream(`${server.base}/listen`, { from });
    const converting = server.from(from).get('/convert?project_id=converts');
    await server.jobIn('converts', 'active');
    const during = await Promise.all(
      ['/listen', '/listen?project_id=converts'].map((path) =>
        openStream(server.base + path, { from, headers: { 'accept-language': 'th' } }),
      ),
    );
    for (const stream of during)
      assert.deepEqual(
        (await whatComesFirst(stream, from)).names().filter((name) => name !== 'error' && !name.startsWith('convert_')),
        [],
      );
    await converting;
    for (const stream of during) {
      assert.match((await stream.waitFor('notice')).data.msg, /F5.*เชื่อมต่ออีกครั้ง.*ดาวน์โหลด/);
      assert.deepEqual(codes(stream).slice(-2), ['convert_model_end', 'model_ready_reload']);
    }
    await before.waitFor('convert_model_end');
    const after = await whatComesFirst(await openStream(`${server.base}/listen`, { from }), from);
    assert.deepEqual(codes(after), ['project_not_found']);
    assert.ok(!codes(before).includes('model_ready_reload'));
    for (const stream of [before, after, ...during]) {
      assert.deepEqual(initials(stream), []);
      stream.close();
    }
  });
});

describe('what a fresh stream is sent of a log', () => {
  const all = async (path: string, last = Infinity) => {
    const events = [];
    for await (const batch of jobSoFar({ kind: 'train', waitsForConversion: false }, path, last)) events.push(...batch);
    return events.map(({ seq, event }) => [seq, event]);
  };

  it('has an initial also where the disk did not take it, and nothing of a log that is empty: its initial will come', async () => {
    const path = join(await tempDir(), 'events.jsonl');
    assert.deepEqual(await all(path), []);
    writeFileSync(path, '{"seq":1,"time":1,"event":"train_start"}\n{"seq":2,"time":2,"event":"epoch_end","epoch":1}\n');
    assert.deepEqual(await all(path), [
      [undefined, 'initial'],
      [2, 'epoch_end'],
    ]);
  });

  it('ends where the live events begin', async () => {
    const path = join(await tempDir(), 'events.jsonl');
    writeFileSync(path, '{"seq":1,"time":1,"event":"initial"}\n');
    for (let seq = 2; seq < 20_000; seq += 1)
      appendFileSync(path, `{"seq":${seq},"time":${seq},"event":"epoch_end"}\n`);
    assert.equal((await all(path, 15_000)).length, 15_000);
  });

  it('is the reason of a failure for ten minutes', async () => {
    const path = join(await tempDir(), 'events.jsonl');
    const failure = { reason: { code: 'no_result', msg: 'x' }, at: 1000 };
    assert.deepEqual(await failureAgain(path, failure, 1599), {
      event: 'notice',
      code: 'no_result',
      msg: 'x',
      time: 1000,
    });
    assert.equal(await failureAgain(path, failure, 1600), undefined);
  });
});
