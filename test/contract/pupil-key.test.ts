import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { IdeClient } from '../helpers/ide-client.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { PUPIL_KEY, ROLE_KEYS, TEACHER_KEY } from '../helpers/pupil.ts';
import { until } from '../helpers/until.ts';

// The unchanged IDE with a pupil's key or a teacher's: it has the same answers as where there are no keys.

const FROM = '127.0.6.1';
const open = await startJobServer({ slots: 1 });
const pupils = await startJobServer({ slots: 1, keys: ROLE_KEYS });
const teachers = await startJobServer({ slots: 1, keys: ROLE_KEYS });
const bases = [open.base, `${pupils.base}/w/${PUPIL_KEY}`, `${teachers.base}/w/${TEACHER_KEY}`] as const;

/** Status, headers and bytes; what differs between any two runs is left out. */
async function answer(base: string, method: string, path: string, headers = {}, payload?: Buffer | string) {
  const outgoing = request(base + path, {
    method,
    agent: false,
    localAddress: FROM,
    headers: { origin: 'https://kidbright-mai.web.app', ...headers },
  });
  outgoing.end(payload);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  const { date: _date, etag: _etag, 'x-request-id': _id, ...same } = response.headers;
  const text = (await buffer(response)).toString('latin1').replace(/"job_id":"[^"]+"/, '"job_id":"…"');
  return { status: response.statusCode, headers: same, text };
}

async function allAnswer(...asked: [method: string, path: string, headers?: object, payload?: Buffer | string]) {
  const plain = await answer(open.base, ...asked);
  for (const base of bases)
    if (base !== open.base) assert.deepEqual(await answer(base, ...asked), plain, `${base} ${asked[1]}`);
  return plain;
}

const pingSays = async (wanted: RegExp) => {
  for (const base of bases)
    await until(async () => wanted.test((await answer(base, 'GET', '/ping')).text), 60_000, `${wanted} of ${base}`);
};
const JSON_TYPE = { 'content-type': 'application/json' };

describe('the unchanged IDE with a key of either role', () => {
  it('has the same bytes for every request of its protocol, and for its refusals', async () => {
    const zip = await makeProjectZip({ id: 'same', trainConfig: { epochs: 2 } });
    const { headers, payload } = uploadForm('same', zip);
    await pingSays(/fixture/);
    assert.match((await allAnswer('GET', '/ping')).text, /"stage":0/);
    await allAnswer('POST', '/upload', headers, payload);
    const train = (config: object) => JSON.stringify({ project: 'same', train_config: config });
    await allAnswer('POST', '/train', JSON_TYPE, train({ epochs: 2 }));
    await pingSays(/"stage":3/);
    await allAnswer('GET', '/convert?project_id=same');
    assert.match((await allAnswer('GET', '/ping')).text, /"stage":5/);
    for (const file of ['model_int8.bin', 'model_int8.param', 'nothing.bin'])
      await allAnswer('GET', `/projects/same/output/${file}`);
    await allAnswer('GET', '/download_model?project_id=none');
    await allAnswer('POST', '/upload', uploadForm('same', Buffer.from('no zip')).headers, 'x');
    await allAnswer('POST', '/train', JSON_TYPE, JSON.stringify({ project: 'none' }));
    await allAnswer('GET', '/convert?project_id=none');
    for (const [method, path, body] of [
      ['GET', '/terminate?project_id=same', undefined],
      ['POST', '/terminate_training', '{"project_id":"same"}'],
    ] as const) {
      await allAnswer('POST', '/upload', headers, payload);
      await allAnswer('POST', '/train', JSON_TYPE, train({ epochs: 1000, epochMs: 50 }));
      await pingSays(/"stage":2/);
      assert.equal((await allAnswer(method, path, JSON_TYPE, body)).text, '{"result":"OK"}');
    }
    await allAnswer('GET', '/terminate?project_id=none');
  });

  it('draws its curve, converts and has its files, also while a name is known at its address', async () => {
    for (const base of bases) await fetch(`${base}/class`, { headers: { 'x-mai-name': 'Ann' } });
    const project = { projectId: 'whole', trainConfig: { epochs: 3 } };
    const zip = await makeProjectZip({ id: project.projectId, trainConfig: project.trainConfig });
    const runs = [];
    for (const base of bases) {
      const ide = new IdeClient({ base, zip, ...project, from: '127.0.0.1' });
      after(() => ide.close());
      await ide.connect();
      await ide.train();
      await until(() => ide.state === 'trained', 60_000, 'a trained network');
      await ide.convert();
      runs.push({
        state: ide.state,
        curve: ide.curve,
        clears: ide.clears,
        texts: ide.log.map(({ text }) => text.replace(/\d+(\.\d+)? s\b/g, '… s')),
        files: [...ide.files].map(([name, bytes]) => [name, bytes.toString('base64')]),
        console: ide.console,
      });
    }
    assert.equal(runs[0]?.state, 'converted');
    for (const run of runs) assert.deepEqual(run, runs[0]);
  });
});
