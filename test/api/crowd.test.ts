import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

describe('a class of forty', () => {
  it('presses Train at once: every job runs, in fair order, with a notice of the position, and gets a model of its own', async () => {
    const server = await startJobServer({ slots: 2 });
    const greedy = server.from('127.0.1.200');
    // One client sends six jobs before anybody else comes; two of them keep both slots busy.
    for (let n = 0; n < 6; n += 1) await greedy.train(`greedy-${n}`, { epochs: 1, epochMs: n < 2 ? 600_000 : 0 });
    const streams = await Promise.all(
      Array.from({ length: 40 }, (_, n) => openStream(`${server.base}/listen`, { from: `127.0.1.${n + 1}` })),
    );
    const pupils = Array.from({ length: 40 }, (_, n) => ({
      name: `pupil-${n}`,
      client: server.from(`127.0.1.${n + 1}`),
    }));
    const answers = await Promise.all(pupils.map(({ name, client }) => client.train(name, { epochs: 1, mark: name })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const waiting = (await server.jobs())
      .filter(({ place }) => place !== undefined)
      .sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
    assert.deepEqual(
      waiting.map(({ place, eta_s: eta = -1 }) => [place, eta >= 0]),
      waiting.map((_, index) => [index + 1, true]),
    );

    for (const project of ['greedy-0', 'greedy-1']) await greedy.get(`/terminate?project_id=${project}`);
    const ended = await until(
      async () => {
        const jobs = await server.jobs();
        return jobs.every(({ state }) => state === 'completed' || state === 'cancelled') ? jobs : undefined;
      },
      60_000,
      'the end of all jobs',
    );
    const started = ended.sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0)).map(({ project_id }) => project_id);
    // The greedy one's second job is of the second round: before it comes the whole class.
    const late = started.slice(42).filter((project) => project.startsWith('greedy-'));
    assert.deepEqual([started.length, late.length], [46, 4], started.slice(-6).join(' '));
    for (const [n, stream] of streams.entries()) {
      await stream.waitFor('train_end');
      const model = readFileSync(join(server.config.projectsDir, `pupil-${n}`, 'output', 'model.pth'), 'utf8');
      const projects = new Set(stream.messages.map(({ data }) => data.project_id));
      assert.deepEqual([model, ...projects], [`model.pth of pupil-${n}`, `pupil-${n}`]);
      stream.close();
    }
    const notices = streams.flatMap((stream) => stream.messages).filter(({ data }) => data.code === 'queue_place');
    assert.match(
      `${notices.length > 40} ${notices[0]?.data.msg}`,
      /^true .*number \d+ in the queue, it is your turn in about/,
    );
  });
});

describe('200 event streams', () => {
  it('all hear everything, in order', async () => {
    const server = await startJobServer();
    const streams = await Promise.all(Array.from({ length: 200 }, () => openStream(`${server.base}/listen`)));
    await server.train('streamed', { epochs: 5, batches: 20, epochMs: 5 });
    await Promise.all(streams.map((stream) => stream.waitFor('train_end', 60_000)));
    const expected = streams[0]?.messages.map(({ id }) => id) ?? [];
    assert.equal(expected.length, 4 + 5 * 22 + 1);
    for (const stream of streams) {
      assert.deepEqual(
        stream.messages.map(({ id }) => id),
        expected,
      );
      stream.close();
    }
  });
});
