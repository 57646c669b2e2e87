import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream, type EventStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 });
const [FIRST, SECOND] = ['127.0.5.1', '127.0.5.2'];
const LONG = { epochs: 1000, epochMs: 20 };

const listen = (from: string, language = 'en') =>
  openStream(`${server.base}/listen`, { from, headers: { 'accept-language': language } });
const named = (stream: EventStream, name: string) =>
  stream.messages.filter(({ data }) => data.event === name || data.code === name);

/** A project that the first computer trained, with a conversion that runs until it is released. */
async function trained(project: string) {
  const go = join(await tempDir(), 'go');
  await server.from(FIRST).train(project, { epochs: 1, convertUntil: go });
  await server.jobIn(project, 'completed');
  return { release: () => writeFileSync(go, '') };
}

/** A project that the first computer trained, while the one slot is busy with another. */
async function trainedBehind(project: string): Promise<void> {
  const { release } = await trained(project);
  release();
  await server.from('127.0.5.9').train('busy', LONG);
  await server.jobIn('busy', 'active');
}

/** Open streams until one begins with this notice: only then the job is known to be followed from this address. */
async function freshStreamWith(from: string, code: string): Promise<EventStream> {
  return until(async () => {
    const stream = await listen(from);
    await server.from(from).post('/train', { project: 'nowhere' });
    await stream.waitFor('error');
    if (named(stream, code).length > 0) return stream;
    stream.close();
    return undefined;
  });
}

describe('two computers with one project', () => {
  it('who asks for a conversion is notified, also after the other one has uploaded the project', async () => {
    const { release } = await trained('uploaded-twice');
    await server.from(SECOND).upload('uploaded-twice');
    const streams = await Promise.all([listen(FIRST), listen(SECOND)]);
    const answer = server.from(FIRST).get('/convert?project_id=uploaded-twice');
    await server.jobIn('uploaded-twice', 'active');
    release();
    assert.deepEqual((await answer).body, { result: 'OK' });
    for (const stream of streams) {
      await stream.waitFor('convert_model_end');
      assert.equal(named(stream, 'convert_model_end').length, 1);
      stream.close();
    }
  });

  it('who joins a conversion is notified from then on, once, and after a reload what to do', async () => {
    await trainedBehind('joined');
    const streams = await Promise.all([listen(FIRST), listen(SECOND)]);
    const answers = [server.from(FIRST).get('/convert?project_id=joined')];
    // Told before the second one joins, so that only a fresh stream tells that one.
    await until(() => streams.some((stream) => named(stream, 'queue_place').length > 0));
    answers.push(server.from(SECOND).get('/convert?project_id=joined'));
    const reloaded = await freshStreamWith(SECOND, 'queue_place');
    await server.get('/terminate?project_id=busy');
    for (const answer of await Promise.all(answers)) assert.deepEqual(answer.body, { result: 'OK' });
    for (const stream of streams) {
      await stream.waitFor('convert_model_end');
      assert.equal(named(stream, 'convert_model_end').length, 1);
      stream.close();
    }
    await until(() => named(reloaded, 'model_ready_reload').length === 1);
    reloaded.close();
  });

  it('whose waiting training is replaced by the other one reads so, and then sees that training', async () => {
    await server.from('127.0.5.9').train('busy', LONG);
    await server.jobIn('busy', 'active');
    const [first, second] = await Promise.all([listen(FIRST), listen(SECOND)]);
    await server.from(FIRST).train('shared', { epochs: 3 });
    await first.waitFor('initial');
    const { body } = await server.from(SECOND).train('shared', { epochs: 2 });
    await until(() => named(first, 'superseded').length > 0);
    assert.match(String(named(first, 'superseded')[0]?.data.msg), /pressed again on another computer/);
    await server.get('/terminate?project_id=busy');
    for (const stream of [first, second]) {
      await stream.waitFor('train_end');
      assert.deepEqual(
        named(stream, 'epoch_end').map(({ data }) => [data.job_id, data.epoch]),
        [
          [body.job_id, 1],
          [body.job_id, 2],
        ],
      );
      assert.equal(named(stream, 'initial').at(-1)?.data.job_id, body.job_id);
      stream.close();
    }
  });

  it('who trains what the other one has uploaded is answered by /ping for that project', async () => {
    const [uploader, trainer] = [server.from('127.0.5.3'), server.from('127.0.5.4')];
    await uploader.upload('pinged');
    assert.equal((await trainer.get('/ping')).body.stage, 0);
    await trainer.post('/train', { project: 'pinged', train_config: { epochs: 1 } });
    await server.jobIn('pinged', 'completed');
    assert.deepEqual([(await trainer.get('/ping')).body.stage, (await uploader.get('/ping')).body.stage], [3, 3]);
  });

  it('that is refused while the other one trains is shown where to stop it, whatever the address of the server is', async () => {
    await server.from(FIRST).train('taken', LONG);
    await server.jobIn('taken', 'active');
    const stream = await listen(SECOND, 'th');
    const refused = await server.from(SECOND).train('taken', {});
    assert.equal(refused.status, 409);
    assert.match(
      String(refused.body.reason),
      /the address of the server in a browser with \/terminate\?project_id=taken added at its end/,
    );
    assert.match((await stream.waitFor('error')).data.msg, /^Error: .*\/terminate\?project_id=taken ต่อท้าย/);
    stream.close();
    await server.get('/terminate?project_id=taken');
  });
});

describe('a job that is cancelled from elsewhere', () => {
  it('tells the IDE what unlocks it; its own stream stays plain', async () => {
    for (const [language, advice] of [
      ['en', /^Cancelled: .*kept\. Reload the page \(press F5\) and connect again\.$/],
      ['th', /F5.*เชื่อมต่ออีกครั้งนะ$/],
    ] as const) {
      const stream = await listen(FIRST, language);
      const { body } = await server.from(FIRST).train('cancelled', LONG);
      await server.jobIn('cancelled', 'active');
      await server.from(SECOND).get('/terminate?project_id=cancelled');
      await until(() => named(stream, 'cancelled').length > 0);
      assert.match(String(named(stream, 'cancelled')[0]?.data.msg), advice);
      const own = await openStream(`${server.base}/jobs/${String(body.job_id)}/events`, {
        headers: { 'accept-language': language },
      });
      await until(() => named(own, 'cancelled').length > 0);
      assert.doesNotMatch(String(named(own, 'cancelled')[0]?.data.msg), /F5/);
      stream.close();
    }
  });
});

describe('a stream opened while something waits for a conversion', () => {
  it('is notified that the training waits for it, and no time that is not known', async () => {
    const { release } = await trained('waits-for-it');
    const answer = server.from(FIRST).get('/convert?project_id=waits-for-it');
    await server.jobIn('waits-for-it', 'active');
    const during = await listen(FIRST);
    await server.from(FIRST).train('waits-for-it', { epochs: 1 });
    const reloaded = await listen(FIRST);
    await until(() => named(reloaded, 'waits_for_conversion').length > 0);
    assert.deepEqual(named(reloaded, 'initial').length, 1);
    await until(() => named(reloaded, 'queue_place').length > 0);
    assert.doesNotMatch(String(named(reloaded, 'queue_place')[0]?.data.msg), /about 0 s/);
    release();
    await answer;
    await during.waitFor('train_end');
    assert.deepEqual(named(during, 'model_ready_reload'), [], 'a reload would lead to the training');
    during.close();
    reloaded.close();
  });

  it('is notified of the position of a conversion that waits itself', async () => {
    await trainedBehind('waits-itself');
    const answer = server.from(FIRST).get('/convert?project_id=waits-itself');
    await server.jobIn('waits-itself', 'waiting');
    const reloaded = await freshStreamWith(FIRST, 'queue_place');
    assert.deepEqual(named(reloaded, 'initial'), []);
    await server.get('/terminate?project_id=busy');
    assert.deepEqual((await answer).body, { result: 'OK' });
    await until(() => named(reloaded, 'model_ready_reload').length === 1);
    reloaded.close();
  });
});
