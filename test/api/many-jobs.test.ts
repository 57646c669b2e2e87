import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { openFiles } from '../helpers/open-files.ts';
import { until } from '../helpers/until.ts';

/** Event logs that this process holds open. */
const openLogs = () => openFiles().filter((path) => path.endsWith('events.jsonl')).length;

describe('jobs that wait', () => {
  it('hold no file open, and are notified of their position all the same', async () => {
    const server = await startJobServer({ slots: 1 });
    await server.from('127.0.0.9').train('busy', { script: 'silent' });
    await server.jobIn('busy', 'active');
    const stream = await openStream(`${server.base}/listen`);
    for (let n = 0; n < 12; n += 1) await server.train(`p${n}`, { epochs: 1 });
    await until(() => stream.messages.filter(({ data }) => data.code === 'queue_place').length >= 12);
    await until(() => openLogs() <= 1, 60_000, 'one open log, of the job that runs');
    await server.get('/terminate?project_id=busy');
    await server.jobIn('p11', 'completed');
    assert.equal(stream.names().filter((name) => name === 'train_end').length, 12);
    await until(() => openLogs() === 0);
    stream.close();
  });

  it('are bounded for a /64 of IPv6 as one, within which each address has its turn', async () => {
    const server = await startJobServer({ slots: 1, trustProxy: ['127.0.0.1'] }, { tuning: { maxWaiting: 3 } });
    await server.from('127.0.0.9').train('busy', { script: 'silent' });
    await server.jobIn('busy', 'active');
    const train = async (n: number, from: string) => {
      await server.upload(`p${n}`);
      const answer = await fetch(`${server.base}/train`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
        body: JSON.stringify({ project: `p${n}`, train_config: {} }),
      });
      return answer.status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push(await train(n, `2001:db8::${n + 1}`));
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    assert.equal(await train(5, '2001:db8:0:1::1'), 200, 'another network');
    const places = (await server.jobs()).filter(({ state }) => state === 'waiting').map(({ place }) => place);
    assert.deepEqual(places.sort(), [1, 2, 3, 4]);
  });

  it('are bounded for each client, with a sentence that also reaches its streams', async () => {
    const server = await startJobServer({ slots: 1 }, { tuning: { maxWaiting: 5 } });
    await server.from('127.0.0.9').train('busy', { script: 'silent' });
    await server.jobIn('busy', 'active');
    const stream = await openStream(`${server.base}/listen`, { headers: { 'accept-language': 'th' } });
    for (let n = 0; n < 9; n += 1) await server.upload(`p${n}`);
    // All at once: none slips through while the others are being written.
    const answers = await Promise.all(
      Array.from({ length: 9 }, (_, n) => server.post('/train', { project: `p${n}`, train_config: {} })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 429, 429, 429, 429]);
    const refused = answers.find(({ status }) => status === 429);
    assert.match(`${refused?.body.code}: ${refused?.body.reason}`, /^too_many_jobs: .*5 jobs .* wait already/);
    assert.match((await stream.waitFor('error')).data.msg, /5 งาน/);
    const waiting = (await server.jobs())
      .filter(({ state }) => state === 'waiting')
      .map(({ project_id }) => project_id);
    assert.equal(waiting.length, 5);

    const inItsPlace = await server.post('/train', { project: waiting[0], train_config: {} });
    const ofAnotherClient = await server.from('127.0.0.2').train('other', { epochs: 1 });
    await server.get(`/terminate?project_id=${String(waiting[1])}`);
    const afterAnEnd = await server.train('again', { epochs: 1 });
    assert.deepEqual(
      [inItsPlace, ofAnotherClient, afterAnEnd].map(({ status }) => status),
      [200, 200, 200],
    );
    stream.close();
  });
});
