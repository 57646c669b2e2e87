import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { buildTestApp } from '../helpers/build-test-app.ts';
import { openStream } from '../helpers/event-stream.ts';
import { idleJobs } from '../helpers/idle-jobs.ts';
import { job } from '../helpers/job.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';
import { ONE_LABEL } from '../helpers/one-label.ts';

const server = await startJobServer({}, { tuning: { keepAliveMs: 50 } });

/** Trained, and ready to be converted in its own way. */
async function trained(projectId: string, trainConfig: object = {}, from = '127.0.0.1'): Promise<void> {
  await server.from(from).train(projectId, { epochs: 1, ...trainConfig });
  await server.jobIn(projectId, 'completed');
}

describe('/convert, refused', () => {
  it("answers 200 and FAIL whatever is wrong with the request, and tells the client's streams once", async () => {
    await server.upload('untrained');
    const requests = [
      ['', 'invalid_request'],
      ['?project_id=', 'project_id_invalid'],
      ['?project_id=../x', 'project_id_invalid'],
      [`?project_id=${'x'.repeat(300)}`, 'project_id_invalid'],
      ['?project_id=a&project_id=b', 'invalid_request'],
      ['?project_id=%00', 'project_id_invalid'],
      ['?project=p', 'invalid_request'],
      ['?project_id=unknown', 'project_not_found'],
      ['?project_id=untrained', 'model_missing'],
    ] as const;
    const mine = await openStream(`${server.base}/listen`);
    const theirs = await openStream(`${server.base}/listen`, { from: '127.0.0.2' });
    for (const [query, code] of requests) {
      const response = await fetch(`${server.base}/convert${query}`, {
        headers: { origin: 'https://kidbright-mai.web.app' },
      });
      const type = response.headers.get('content-type')?.split(';')[0];
      const isOpen = response.headers.has('access-control-allow-origin');
      assert.deepEqual([response.status, isOpen, type], [200, true, 'application/json'], query);
      const body = (await response.json()) as Record<string, unknown>;
      assert.deepEqual(
        [Object.keys(body).sort(), body.result, body.code],
        [['code', 'reason', 'result'], 'FAIL', code],
        query,
      );
      assert.doesNotMatch(String(body.reason), /Error|F5/, 'the answer is plain');
    }
    await until(() => mine.messages.length >= requests.length, 60_000, 'every refusal');
    assert.deepEqual(
      mine.messages.map(({ data }) => [data.event, data.code, /^Error: .*F5/.test(data.msg)]),
      requests.map(([, code]) => ['error', code, true]),
    );
    assert.deepEqual(theirs.messages, []);
    mine.close();
    theirs.close();
  });

  it('answers 200 to a body that is none, and its stream says to reload the page', async () => {
    const stream = await openStream(`${server.base}/listen`);
    const posted = await Promise.all(
      ['{', '[]', '{"project_id":7}'].map((body) =>
        fetch(`${server.base}/convert`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      ),
    );
    assert.deepEqual(
      posted.map(({ status }) => status),
      [200, 200, 200],
    );
    await until(() => stream.messages.length >= posted.length, 60_000, 'every refusal');
    for (const { data } of stream.messages) assert.match(data.msg, /^Error: .*F5/);
    stream.close();
  });

  it('says a fault of the server in the same way', async () => {
    const faulty = await buildTestApp(
      {},
      { jobs: idleJobs({ submitConvert: () => Promise.reject(new Error('inside')) }) },
    );
    const base = await faulty.listen();
    const stream = await openStream(`${base}/listen`);
    const response = await fetch(`${base}/convert?project_id=p`);
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [200, 'internal']);
    assert.doesNotMatch((await stream.waitFor('error')).data.msg, /inside/);
    stream.close();
  });

  it('HEAD starts no conversion', async () => {
    await trained('head');
    await fetch(`${server.base}/convert?project_id=head`, { method: 'HEAD' });
    assert.deepEqual(
      (await server.jobs()).filter(({ project_id, kind }) => project_id === 'head' && kind === 'convert'),
      [],
    );
  });
});

describe('a conversion that fails', () => {
  it("reaches its listeners once, and a caller elsewhere; a job's own stream says it plainly", async () => {
    await trained('failing', { convertScript: 'error' });
    const streams = await Promise.all([
      openStream(`${server.base}/listen`),
      openStream(`${server.base}/listen`, { from: '127.0.0.2' }),
      openStream(`${server.base}/listen?project_id=failing`, { from: '127.0.0.2' }),
    ]);
    const bystander = await openStream(`${server.base}/listen`, { from: '127.0.0.3' });
    const { body } = await server.from('127.0.0.2').get('/convert?project_id=failing');
    assert.deepEqual([body.result, body.code], ['FAIL', 'too_few_labels']);
    for (const stream of streams) await stream.waitFor('error');
    // A second refusal comes after whatever else the first one might have sent.
    await server.from('127.0.0.2').get('/convert?project_id=unknown');
    await until(() => streams[1]?.messages.at(-1)?.data.code === 'project_not_found', 60_000, 'the refusal');
    for (const stream of streams) {
      const errors = stream.messages.filter(({ data }) => data.code === 'too_few_labels');
      assert.equal(errors.length, 1);
      assert.match(String(errors[0]?.data.msg), new RegExp(`^Error: ${ONE_LABEL} .*F5`));
      stream.close();
    }
    assert.deepEqual(bystander.messages, []);
    bystander.close();
    const { id } = await server.jobIn('failing', 'failed');
    const own = await openStream(`${server.base}/jobs/${id}/events`);
    assert.equal((await own.waitFor('error')).data.msg, ONE_LABEL);
    assert.equal((await server.get(`/jobs/${id}`)).body.reason, ONE_LABEL);
  });
});

/** A proxy that closes a connection over which the server is silent for so long. */
async function impatientProxy(silenceMs: number): Promise<string> {
  const { port, hostname } = new URL(server.base);
  const proxy = createServer((inside) => {
    const outside = connect(Number(port), hostname);
    outside.setTimeout(silenceMs, () => outside.destroy());
    outside.pipe(inside);
    inside.pipe(outside);
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const)
      one.on('error', () => undefined).once('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  after(() => proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe('a conversion that takes long', () => {
  it('passes a proxy that cuts silent connections, as one JSON answer with its headers', async () => {
    await trained('slow', { convertMs: 3000 });
    const response = await fetch(`${await impatientProxy(1000)}/convert?project_id=slow`, {
      headers: { origin: 'https://kidbright-mai.web.app' },
    });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    assert.ok(response.headers.get('access-control-allow-origin'));
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    const text = await response.text();
    assert.match(text, /^\s{10,}\{/);
    assert.deepEqual(JSON.parse(text), { result: 'OK' });
  });

  it('goes on without its client, whose place is free again', async () => {
    await trained('left', { convertMs: 1000 });
    const leaving = new AbortController();
    const left = fetch(`${server.base}/convert?project_id=left`, { signal: leaving.signal })
      .then((response) => response.text())
      .catch(() => 'left');
    const { id } = await server.jobIn('left', 'active');
    leaving.abort();
    assert.equal(await left, 'left');
    assert.equal((await server.jobIn('left', 'completed')).id, id);
  });

  it('nobody waits any more for a client that left', async () => {
    let waiting: AbortSignal | undefined;
    const waits = job('job-1', 'waiting', { kind: 'convert' });
    const jobs = idleJobs({
      submitConvert: async () => waits,
      whenFinished: (_id, signal) =>
        new Promise<Job>((_resolve, reject) => {
          waiting = signal;
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    });
    const { listen } = await buildTestApp({}, { jobs });
    const leaving = new AbortController();
    const left = fetch(`${await listen()}/convert?project_id=p`, { signal: leaving.signal }).catch(() => undefined);
    await until(() => waiting, 60_000, 'the waiter');
    assert.equal(waiting?.aborted, false);
    leaving.abort();
    await left;
    await until(() => waiting?.aborted, 60_000, 'its end');
  });
});
