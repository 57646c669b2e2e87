import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Card } from '../../src/classroom/schemas.ts';
import { openStream } from '../helpers/event-stream.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { pupil, PUPIL_KEY, ROLE_KEYS, TEACHER_KEY, type Pupil, type Reply } from '../helpers/pupil.ts';
import { setUp } from '../helpers/set-up.ts';
import { until } from '../helpers/until.ts';

const FOREVER = { epochs: 1000, epochMs: 50 };
const outcome = ({ status, body }: Reply) => [status, body['code'] ?? 'ok'];

describe('with a pupil’s key', () => {
  let server: JobServer;
  let teacher: Pupil, ann: Pupil, ben: Pupil, ide: Pupil;
  let [jobId, sampleId] = ['', ''];
  const at = (address: string, name?: string) => pupil(server.app, { name, address });
  setUp(async () => {
    server = await startJobServer({ keys: ROLE_KEYS, slots: 2 });
    teacher = pupil(server.app, { key: TEACHER_KEY, address: '10.9.9.9' });
    [ann, ben, ide] = [at('10.1.0.1', 'Ann'), at('10.1.0.1', 'Ben'), at('10.1.0.1')];
    await ann.upload('anns');
    await ann.post('/train', { project: 'anns', train_config: { epochs: 1 } });
    await until(async () => (await teacher.get('/projects/anns')).body['stage'] === 3, 60_000, 'a trained model');
    const [job] = (await teacher.get('/jobs')).body['jobs'] as { id: string }[];
    const [sample] = (await teacher.get('/projects/anns/samples')).body['samples'] as { id: string }[];
    jobId = job?.id ?? assert.fail();
    sampleId = sample?.id ?? assert.fail();
  });

  const looks = () => [
    '/projects/anns',
    '/projects/anns/samples',
    '/projects/anns/answers',
    '/projects/anns/edits',
    '/projects/anns/models',
    '/projects/anns/model_card',
    '/projects/anns/model_card.html',
    `/projects/anns/samples/${sampleId}/file`,
    `/jobs/${jobId}`,
  ];

  it('the own project is there, and somebody else’s is not looked at', async () => {
    for (const path of looks()) {
      assert.equal((await ann.get(path)).status, 200, path);
      assert.equal((await teacher.get(path)).status, 200, path);
      for (const [who, other] of Object.entries({ ben, ide, elsewhere: at('10.1.0.2') }))
        assert.deepEqual(outcome(await other.get(path)), [403, 'not_yours'], `${who} ${path}`);
    }
    for (const path of [
      `/projects/anns/samples/${sampleId}/thumbnail`,
      `/projects/anns/samples/${sampleId}/heat`,
      `/jobs/${jobId}/events`,
      '/listen?project_id=anns',
      '/projects/anns/project_trained.zip',
    ])
      assert.deepEqual(outcome(await ben.get(path)), [403, 'not_yours'], path);
  });

  it('lists have the own projects and their jobs', async () => {
    const ids = async (path: string, field: string, who: typeof ann) =>
      ((await who.get(path)).body[field] as Record<string, string>[]).map((one) => one['project_id'] ?? one['id']);
    for (const [path, field] of [
      ['/projects', 'projects'],
      ['/class', 'projects'],
      ['/jobs', 'jobs'],
    ] as const) {
      assert.deepEqual(await ids(path, field, ann), ['anns'], path);
      assert.deepEqual(await ids(path, field, teacher), ['anns'], path);
      for (const other of [ben, ide]) assert.deepEqual(await ids(path, field, other), [], path);
    }
  });

  it('somebody else’s is not changed', async () => {
    const wish = { sample: sampleId, action: 'leave_out' };
    for (const [who, name] of [
      [ben, 'ben'],
      [ide, 'the IDE'],
    ] as const) {
      const refused = [
        await who.post('/projects/anns/edits', wish),
        await who.remove('/projects/anns/edits/1'),
        await who.post(`/projects/anns/models/${jobId}/restore`, {}),
        await who.post('/projects/anns/owner', { name: 'Ben' }),
        await who.remove('/projects/anns'),
      ];
      for (const answer of refused) assert.deepEqual(outcome(answer), [403, 'not_yours'], name);
    }
    const made = (await ann.post('/projects/anns/edits', wish)).body['edit'] as { id: number };
    assert.equal((await teacher.remove(`/projects/anns/edits/${made.id}`)).status, 200);
    assert.equal((await ann.post(`/projects/anns/models/${jobId}/restore`, {})).status, 200);
  });

  it('whoever knows its id uploads, trains, converts and fetches, and it stays whose it was', async () => {
    const uploaded = await ben.upload('anns');
    const trained = await at('10.1.0.3').post('/train', { project: 'anns', train_config: { epochs: 1 } });
    assert.deepEqual([uploaded.status, trained.status], [200, 200]);
    await until(async () => (await teacher.get('/ping')) && (await teacher.get('/projects/anns')).body['stage'] === 3);
    assert.equal((await ben.post('/convert', { project_id: 'anns' })).body['result'], 'OK');
    for (const path of ['/projects/anns/output/model_int8.bin', '/download_model?project_id=anns'])
      assert.equal((await at('10.1.0.4').get(path)).status, 200, path);
    assert.deepEqual(outcome(await ben.get('/projects/anns')), [403, 'not_yours']);
    assert.deepEqual(await ann.wall(), { anns: ['Ann'] });
  });

  it('a training is stopped by its pupil, a teacher, and the IDE that began it, and by nobody else', async () => {
    const stops = [
      (who: typeof ann) => who.get('/terminate?project_id=stops'),
      (who: typeof ann) => who.post('/terminate_training', { project_id: 'stops' }),
    ];
    for (const stop of stops)
      for (const who of [ann, teacher, ide]) {
        await ide.upload('stops');
        await teacher.post('/projects/stops/owner', { name: 'Ann' });
        assert.equal((await ide.post('/train', { project: 'stops', train_config: FOREVER })).status, 200);
        for (const other of [ben, at('10.1.0.2'), at('10.1.0.2', 'Cid')])
          assert.deepEqual(outcome(await stop(other)), [403, 'not_yours']);
        assert.deepEqual((await stop(who)).body, { result: 'OK' });
      }
  });

  it('a job or project that is not there is not found, for pupils too', async () => {
    assert.deepEqual(outcome(await ann.get('/projects/none')), [404, 'project_not_found']);
    assert.deepEqual(outcome(await ann.get('/jobs/none')), [404, 'job_not_found']);
    assert.deepEqual(outcome(await ann.remove('/projects/none')), [404, 'project_not_found']);
  });
});

describe('the stream of a pupil', () => {
  let server: JobServer;
  let teacher: Pupil;
  setUp(async () => {
    server = await startJobServer({ keys: ROLE_KEYS });
    teacher = pupil(server.app, { key: TEACHER_KEY });
  });
  const at = (name?: string) => pupil(server.app, { name, address: '127.0.0.1' });
  const open = (name: string, more = '') =>
    openStream(`${server.base}/w/${PUPIL_KEY}/class/events?name=${encodeURIComponent(name)}${more}`);

  it('has their projects alone, as they become theirs and cease to be', async () => {
    await at('ดาว').upload('daos');
    const [dao, ben] = await Promise.all([open('ดาว'), open('Ben')]);
    const first = await dao.waitFor('class');
    assert.deepEqual(
      [(first.data['projects'] as Card[]).map(({ id }) => id), (first.data['you'] as { name: string }).name],
      [['daos'], 'ดาว'],
    );
    await ben.waitFor('class');
    await at('Ben').upload('bens');
    await until(() => ben.names().includes('project'), 30_000, 'the own project');
    await teacher.post('/projects/daos/owner', { name: 'Ben' });
    await dao.waitFor('removed');
    await until(() => ben.messages.some(({ data }) => (data['project'] as Card | undefined)?.id === 'daos'));
    await at('Cid').upload('cids');
    await at('Ben').remove('/projects/bens');
    await ben.waitFor('removed');
    const text = [dao, ben].map((stream) => JSON.stringify(stream.messages));
    assert.doesNotMatch(text[0] ?? '', /bens/, 'not even an id');
    assert.doesNotMatch(text.join(), /cids/);
    dao.close();
    ben.close();
  });

  it('begins with everything after a break, since ids of an earlier stream may be of what was another’s', async () => {
    await at('Eve').upload('eves');
    const eve = await open('Eve');
    const { id } = await eve.waitFor('class');
    eve.close();
    await teacher.post('/projects/eves/owner', { name: 'Fay' });
    const again = await open('EVE', `&last_event_id=${id}`);
    assert.deepEqual((await again.waitFor('class')).data['projects'], []);
    assert.doesNotMatch(JSON.stringify(again.messages), /eves/);
    again.close();
  });

  it('of one project or job ends when it becomes somebody else’s', async () => {
    const follow = (path: string, name: string) =>
      openStream(`${server.base}/w/${PUPIL_KEY}${path}${path.includes('?') ? '&' : '?'}name=${name}`);
    const early = await follow('/listen?project_id=gils', 'Eve');
    assert.equal(early.status, 200, 'what is not there yet is nobody’s');
    await pupil(server.app, { address: '10.4.4.4' }).upload('gils');
    await until(() => early.ended, 60_000, 'the end of a stream that was there before the project');
    await at('Gil').upload('gils');
    const { body } = await at('Gil').post('/train', { project: 'gils', train_config: FOREVER });
    const streams = [
      await follow('/listen?project_id=gils', 'Gil'),
      await follow(`/jobs/${String(body['job_id'])}/events`, 'Gil'),
    ];
    const ofTeacher = await openStream(`${server.base}/w/${TEACHER_KEY}/listen?project_id=gils`);
    await teacher.post('/projects/gils/owner', { name: 'Hal' });
    await until(() => streams.every(({ ended }) => ended), 60_000, 'the end of the streams of the pupil of before');
    assert.deepEqual([(await follow('/listen?project_id=gils', 'Gil')).status, ofTeacher.ended], [403, false]);
    assert.doesNotMatch(JSON.stringify(early.messages), /gils/);
    ofTeacher.close();
    await teacher.remove('/projects/gils');
  });

  it('tells of the own IDE alone', async () => {
    const ides = await Promise.all(
      ['127.0.5.1', '127.0.5.2'].map((from) => openStream(`${server.base}/w/${PUPIL_KEY}/listen`, { from })),
    );
    const seen = async (key: string, address: string) =>
      ((await pupil(server.app, { key, address }).get('/class')).body['server'] as { ide: object }).ide;
    await until(async () => JSON.stringify(await seen(TEACHER_KEY, '10.0.0.1')).includes('127.0.5.2'));
    assert.deepEqual(await seen(PUPIL_KEY, '127.0.5.1'), { streams: 1, addresses: ['127.0.5.1'] });
    assert.deepEqual(await seen(PUPIL_KEY, '10.0.0.1'), { streams: 0, addresses: [] });
    for (const ide of ides) ide.close();
  });
});
