import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { LONG } from '../helpers/occupy.ts';

describe('a Train during a conversion', () => {
  /** A conversion that runs, and a Train of its project, with slots to spare. */
  async function trainBesideConversion() {
    const server = await startJobServer({ slots: 3 });
    await server.train('p', { epochs: 1, convertMs: 60_000 });
    await server.jobIn('p', 'completed');
    const converting = server.get('/convert?project_id=p');
    const { id } = await server.jobIn('p', 'active');
    const { body } = await server.train('p', { epochs: 1 });
    assert.equal((await server.jobIn('p', 'waiting')).id, body.job_id);
    return { server, converting, conversion: id, waiting: String(body.job_id) };
  }

  it('waits though slots are free, and a newer Train takes its position', async () => {
    const { server, converting, conversion, waiting } = await trainBesideConversion();
    const newer = await server.train('p', { epochs: 1 });
    assert.equal((await server.get(`/jobs/${waiting}`)).body.code, 'superseded');
    await server.from('127.0.0.2').train('other', { epochs: 1 });
    await server.jobIn('other', 'completed');
    const [train, convert] = await Promise.all(
      [newer.body.job_id, conversion].map((id) => server.get(`/jobs/${String(id)}`)),
    );
    assert.deepEqual([train?.body.state, convert?.body.state], ['waiting', 'active']);
    await server.get('/terminate?project_id=p');
    await converting;
  });

  it('lets /convert join the conversion, and a cancel ends both', async () => {
    const { server, converting } = await trainBesideConversion();
    const joined = server.get('/convert?project_id=p');
    assert.equal((await server.get('/ping')).body.stage, 4);
    assert.equal((await server.get('/terminate?project_id=p')).body.result, 'OK');
    assert.deepEqual([(await converting).body.code, (await joined).body.code], ['cancelled', 'cancelled']);
    const open = (await server.jobs()).filter(({ state }) => state === 'waiting' || state === 'active');
    assert.deepEqual([open, (await server.get('/ping')).body.stage], [[], 3]);
  });
});

describe('a Train of another client during a conversion that waits itself', () => {
  it('does not start before it, nor stands before it in the queue', async () => {
    const single = await startJobServer({ slots: 1 });
    await single.train('p', { epochs: 1 });
    await single.jobIn('p', 'completed');
    await single.from('127.0.0.9').train('busy', LONG);
    await single.jobIn('busy', 'active');
    for (const name of ['x', 'y']) await single.train(name, { epochs: 1 });
    const converting = single.get('/convert?project_id=p');
    const { id } = await single.jobIn('p', 'waiting');
    const { body } = await single.from('127.0.0.2').post('/train', { project: 'p', train_config: { epochs: 1 } });
    const placeOf = async (job: unknown) => Number((await single.get(`/jobs/${String(job)}`)).body.place);
    assert.ok((await placeOf(body.job_id)) > (await placeOf(id)));
    await single.get('/terminate?project_id=busy');
    assert.deepEqual((await converting).body, { result: 'OK' });
    const trained = await single.jobIn('p', 'completed');
    assert.equal(trained.id, body.job_id);
    assert.ok(Number(trained.started_at) >= Number((await single.get(`/jobs/${id}`)).body.finished_at));
  });
});
