import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { LONG, occupy } from '../helpers/occupy.ts';

const server = await startJobServer({ slots: 1 });
const folderOf = (project: string) => join(server.config.projectsDir, project);

describe('a second Train of a waiting project', () => {
  const first = { id: '' };
  const second = { id: '' };

  it('takes the position of the first, which is cancelled', async () => {
    const release = await occupy(server.from('127.0.0.9'), 'busy');
    first.id = String((await server.train('again', { epochs: 5, mark: 'first' })).body.job_id);
    await server.from('127.0.0.2').train('behind', { epochs: 1 });
    const stream = await openStream(`${server.base}/listen?project_id=again`);
    const answer = await server.train('again', { epochs: 1, mark: 'second' });
    second.id = String(answer.body.job_id);
    assert.equal(answer.body.result, 'OK');
    const old = (await server.get(`/jobs/${first.id}`)).body;
    assert.deepEqual([old.state, old.code], ['cancelled', 'superseded']);
    const [now, behind] = [await server.jobIn('again', 'waiting'), await server.jobIn('behind', 'waiting')];
    assert.deepEqual([now.id, now.place, behind.place], [second.id, 1, 2]);
    await release();
    await stream.waitFor('train_end');
    const begun = stream.messages.filter(({ data }) => data.event === 'initial').map(({ data }) => data.job_id);
    assert.deepEqual(begun, [first.id, second.id]);
    stream.close();
  });

  it('trains with the newer photos and settings', async () => {
    assert.equal((await server.jobIn('again', 'completed')).id, second.id);
    assert.match(readFileSync(join(folderOf('again'), 'output', 'model.pth'), 'utf8'), /second/);
    await server.jobIn('behind', 'completed');
  });
});

describe('a second Train of a training project by the same client', () => {
  /** The codes and names of the events that say which training runs. */
  const namesOf = (messages: Awaited<ReturnType<typeof openStream>>['messages']) =>
    messages
      .map(({ data }) => (data.event === 'notice' ? data.code : data.event))
      .filter((name) => ['superseded', 'initial', 'epoch_end'].includes(String(name)));

  it('replaces the training, which ends first, and starts next', async () => {
    await server.train('stuck', { ...LONG, script: 'ignore_term', mark: 'old' });
    const old = await server.jobIn('stuck', 'active');
    await server.from('127.0.0.2').train('patient', { epochs: 1 });
    const stream = await openStream(`${server.base}/listen?project_id=stuck`);
    const second = await server.train('stuck', { epochs: 3, epochMs: 50, mark: 'new' });
    const done = await server.jobIn('stuck', 'completed');
    assert.deepEqual([second.status, second.body.result, done.id], [200, 'OK', second.body.job_id]);
    const ended = (await server.get(`/jobs/${old.id}`)).body;
    assert.deepEqual([ended.state, ended.code], ['cancelled', 'superseded']);
    assert.ok(Number(done.started_at) >= Number(ended.finished_at), 'two never run at once');
    const patient = await server.jobIn('patient', 'completed');
    assert.ok(Number(patient.started_at) > Number(done.started_at), 'it keeps its position before the others');
    await stream.waitFor('train_end');
    const names = namesOf(stream.messages);
    assert.deepEqual(names.slice(-5), ['superseded', 'initial', 'epoch_end', 'epoch_end', 'epoch_end']);
    stream.close();
  });

  it('leaves the model of the newer settings', async () => {
    await server.jobIn('stuck', 'completed');
    assert.match(readFileSync(join(folderOf('stuck'), 'output', 'model.pth'), 'utf8'), /new/);
  });
});

describe('a second Train', () => {
  it('of a training project from another address is refused, says where it can be stopped, and changes nothing', async () => {
    const release = await occupy(server, 'training');
    const other = server.from('127.0.0.2');
    const stream = await openStream(`${server.base}/listen`);
    await other.upload('training');
    const refused = await other.post('/train', { project: 'training', train_config: { epochs: 1 } });
    assert.deepEqual(
      [refused.status, refused.body.result, refused.body.code],
      [409, 'FAIL', 'project_training_elsewhere'],
    );
    assert.match(String(refused.body.reason), /press Train there.*\/terminate\?project_id=training/);
    const job = await server.jobIn('training', 'active');
    assert.deepEqual(readdirSync(join(folderOf('training'), 'jobs')), [job.id]);
    await release();
    stream.close();
  });

  it('of a project whose new model is being put in place waits for that and then trains again', async () => {
    const quick = await startJobServer({ slots: 1 });
    const jobs: unknown[] = [];
    for (let round = 0; round < 8; round += 1)
      jobs.push((await quick.train('again', { epochs: 1, mark: `round ${round}` })).body.job_id);
    const last = await quick.jobIn('again', 'completed');
    assert.equal(last.id, jobs.at(-1));
    const states = (await quick.jobs()).map(({ state, code }) => (state === 'completed' ? state : code));
    assert.deepEqual(
      [states.length, states.filter((state) => state !== 'completed' && state !== 'superseded')],
      [8, []],
    );
  });
});
