import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type EventStream, openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer();
const other = server.from('127.0.0.2');

describe('GET /listen', () => {
  it("two addresses never see each other's events; a project is open to both by its id", async () => {
    const mine = await openStream(`${server.base}/listen`);
    const theirs = await openStream(`${server.base}/listen`, { from: '127.0.0.2' });
    const byId = await openStream(`${server.base}/listen?project_id=one`, { from: '127.0.0.2' });
    await server.train('one', { epochs: 1 });
    await mine.waitFor('train_end');
    await other.train('two', { epochs: 1 });
    await theirs.waitFor('train_end');
    const projectsOf = (stream: typeof mine) => [...new Set(stream.messages.map(({ data }) => data.project_id))];
    assert.deepEqual(projectsOf(mine), ['one']);
    assert.deepEqual(projectsOf(theirs), ['two']);
    assert.deepEqual(byId.names(), mine.names());
    assert.deepEqual(projectsOf(byId), ['one']);
    for (const stream of [mine, theirs, byId]) stream.close();
    assert.equal((await other.get('/ping')).body.stage, 3);
    assert.equal((await server.from('127.0.0.3').get('/ping')).body.stage, 0);
  });

  it('starts with what happens now, and after the last id where one is given', async () => {
    const all = await openStream(`${server.base}/listen`);
    await server.train('replayed', { epochs: 3 });
    await all.waitFor('train_end');
    const ids = all.messages.map(({ id }) => id);
    const fresh = await openStream(`${server.base}/listen`);
    for (const after of [0, 4, ids.length - 2]) {
      const id = String(ids[after]);
      const byHeader = await openStream(`${server.base}/listen`, { headers: { 'last-event-id': id } });
      const byQuery = await openStream(`${server.base}/listen?last_event_id=${id}`);
      await byHeader.waitFor('train_end');
      await byQuery.waitFor('train_end');
      assert.deepEqual(byHeader.messages, all.messages.slice(after + 1));
      assert.deepEqual(byQuery.messages, all.messages.slice(after + 1));
      byHeader.close();
      byQuery.close();
    }
    assert.deepEqual(fresh.messages, []);
    assert.ok(fresh.comments.length > 0);
    all.close();
    fresh.close();
  });

  it("an id of another client's job, of a deleted one or of none is answered alike, and gives nothing away", async () => {
    const mine = await server.jobIn('one', 'completed');
    await other.train('deleted', { epochs: 1 });
    const deleted = await server.jobIn('deleted', 'completed');
    assert.equal((await fetch(`${server.base}/projects/deleted`, { method: 'DELETE' })).status, 200);
    for (const id of [`${mine.id}:0`, `${deleted.id}:1`, 'unknown:0', '3', 'garbage']) {
      const byHeader = await openStream(`${server.base}/listen`, {
        from: '127.0.0.2',
        headers: { 'last-event-id': id },
      });
      const byQuery = await openStream(`${server.base}/listen?project_id=two&last_event_id=${id}`, {
        from: '127.0.0.2',
      });
      // whatever else came before this refusal would be seen
      await other.post('/train', { project: 'nowhere' });
      for (const stream of [byHeader, byQuery]) {
        await stream.waitFor('error');
        assert.deepEqual(stream.names(), ['reset', 'error'], id);
        const [{ id: empty, data } = { id: undefined, data: undefined }] = stream.messages;
        assert.deepEqual(
          [empty, Object.keys(data ?? {}).sort()],
          ['', ['event', 'msg', 'time']],
          'the reader forgets the id',
        );
        assert.match(data?.msg ?? '', /no longer has what happened before/);
        stream.close();
      }
    }
  });

  it('after an id that is not known it begins as a fresh stream does', async () => {
    const from = '127.0.0.6';
    await server.from(from).train('begun', { epochs: 1000, epochMs: 20 });
    const live = await openStream(`${server.base}/listen`, { from });
    await until(() => live.names().filter((name) => name === 'epoch_end').length > 2);
    const back = await openStream(`${server.base}/listen`, {
      from,
      headers: { 'last-event-id': 'forgotten:7', 'accept-language': 'th' },
    });
    await until(() => back.names().filter((name) => name === 'epoch_end').length > 5);
    assert.deepEqual(back.names().slice(0, 3), ['reset', 'initial', 'epoch_end']);
    assert.match(back.messages[0]?.data.msg ?? '', /ไม่มีข้อมูลของช่วงก่อนหน้านี้แล้ว/);
    const epochs = back.messages.filter(({ data }) => data.event === 'epoch_end').map(({ data }) => data.epoch);
    assert.deepEqual(
      epochs,
      epochs.map((_, index) => index + 1),
    );
    for (const stream of [live, back]) stream.close();
    await server.get('/terminate?project_id=begun');
  });

  it('cut and continued any number of times while a job runs, it misses nothing and repeats nothing', async () => {
    const whole = await openStream(`${server.base}/listen`);
    await server.train('cut', { epochs: 12, epochMs: 30, batches: 5 });
    const first = await whole.waitFor('initial');
    let last = String(first.id);
    const pieces: unknown[] = [];
    while (!whole.names().includes('train_end')) {
      const stream = await openStream(`${server.base}/listen`, { headers: { 'last-event-id': last } });
      await until(() => stream.messages.length > 3 || whole.names().includes('train_end'));
      stream.close();
      pieces.push(...stream.messages);
      last = String(stream.messages.at(-1)?.id ?? last);
    }
    const rest = await openStream(`${server.base}/listen`, { headers: { 'last-event-id': last } });
    await until(() => pieces.length + rest.messages.length >= whole.messages.length - 1);
    assert.deepEqual([...pieces, ...rest.messages], whole.messages.slice(1));
    whole.close();
    rest.close();
  });

  it('speaks the language of the stream, not of the job', async () => {
    const thai = await openStream(`${server.base}/listen`, {
      headers: { 'accept-language': 'th-TH,th;q=0.9,en;q=0.8' },
    });
    const english = await openStream(`${server.base}/listen`, { headers: { 'accept-language': 'de,en;q=0.5' } });
    await server.train('spoken', { epochs: 1 });
    assert.match((await thai.waitFor('train_end')).data.msg, /ฝึกเสร็จแล้ว/);
    assert.match((await english.waitFor('train_end')).data.msg, /Training is done/);
    thai.close();
    english.close();
  });

  it('tells what was refused to the streams of that client alone, without an id', async () => {
    const mine = await openStream(`${server.base}/listen`, { headers: { 'accept-language': 'th' } });
    const theirs = await openStream(`${server.base}/listen`, { from: '127.0.0.2' });
    const refused = await server.post('/train', { project: 'nowhere', train_config: {} });
    assert.deepEqual([refused.status, refused.body.code], [404, 'project_not_found']);
    const { id, data } = await mine.waitFor('error');
    assert.equal(id, undefined);
    assert.match(data.msg, /ไม่มีโปรเจกต์ nowhere/);
    assert.deepEqual(theirs.messages, []);
    mine.close();
    theirs.close();
  });

  it('refuses ids that are none', async () => {
    for (const query of [
      'project_id=../x',
      'project_id=',
      `project_id=${'x'.repeat(201)}`,
      `last_event_id=${'x'.repeat(101)}`,
    ]) {
      assert.equal((await server.get(`/listen?${query}`)).status, 400, query);
    }
  });
});

describe('GET /jobs/:id/events', () => {
  let url: string;
  let live: EventStream;
  before(async () => {
    const { body } = await server.train('own-stream', { epochs: 2, epochMs: 50 });
    url = `${server.base}/jobs/${String(body.job_id)}/events`;
    live = await openStream(url);
    await until(() => live.ended);
  });

  it('has a job from its first event to its last, and ends with it', () => {
    assert.equal(live.names()[0], 'initial');
    assert.equal(live.names().at(-1), 'train_end');
    assert.deepEqual(
      live.messages.map(({ id }) => id),
      live.messages.map((_, index) => String(index + 1)),
    );
  });

  it('has it again afterwards, from the event that is asked for', async () => {
    const replayed = await openStream(url);
    await until(() => replayed.ended);
    assert.deepEqual(replayed.messages, live.messages);
    const rest = await openStream(url, { headers: { 'last-event-id': '3' } });
    await until(() => rest.ended);
    assert.deepEqual(rest.messages, live.messages.slice(3));
    const elsewhere = await openStream(url, { headers: { 'last-event-id': `another:${live.messages.length}` } });
    await until(() => elsewhere.ended);
    assert.deepEqual(elsewhere.messages, live.messages, 'the id of another job skips nothing of this one');
  });

  it('asks nobody back who has the last event', async () => {
    const over = await openStream(url, { headers: { 'last-event-id': String(live.messages.length) } });
    assert.equal(over.status, 204);
    const { paths } = (await (await fetch(`${server.base}/docs/json`)).json()) as {
      paths: Record<string, { get: { responses: object } }>;
    };
    assert.ok('204' in (paths['/jobs/{id}/events']?.get.responses ?? {}), 'the description says so too');
    assert.equal((await server.get('/jobs/nothing/events')).status, 404);
  });
});
