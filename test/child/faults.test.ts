import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith, READY_PROCESSES } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const { mark, environment } = markedEnvironment();
const TUNING = { silenceMs: 4000, exitGraceMs: 3000 };

const server = await startJobServer({}, { environment, tuning: TUNING });
after(async () => {
  await server.app.close();
  assert.deepEqual(processesWith(mark), []);
});

describe('a child that misbehaves', () => {
  /** Train with a script of the fixture; resolves with the job once it ended and nothing of it is left. */
  const run = async (script: string, more: object = {}) => {
    const project = script.replaceAll('_', '-');
    const answer = await server.train(project, { script, epochs: 2, ...more });
    assert.equal(answer.body.result, 'OK', JSON.stringify(answer.body));
    const job = await server.jobIn(project, 'completed', 'failed', 'cancelled');
    await until(() => processesWith(mark).length <= READY_PROCESSES, 60_000, 'only what is ready for the next job');
    return { job, folder: join(server.config.projectsDir, project, 'jobs', job.id) };
  };
  const stderrOf = (folder: string) => readFileSync(join(folder, 'stderr.log'), 'utf8');

  it('a line in two halves is one event', async () => {
    assert.equal((await run('partial_line')).job.state, 'completed');
  });

  it('noise stays text and costs nothing', async () => {
    const { job, folder } = await run('noise');
    assert.equal(job.state, 'completed');
    assert.match(stderrOf(folder), /Downloading: 100%/);
    assert.match(stderrOf(folder), /made_up/);
    assert.doesNotMatch(readFileSync(join(folder, 'events.jsonl'), 'utf8'), /made_up/);
  });

  it('a line of 10 MB is left out', async () => {
    const { job, folder } = await run('long_line');
    assert.equal(job.state, 'completed');
    assert.match(stderrOf(folder), /a line of 10485760 bytes was left out/);
  });

  it('a line of 50 MB does not fill the memory', async () => {
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const { job } = await run('huge_line');
    assert.equal(job.state, 'completed');
    assert.ok(process.memoryUsage().rss - before < 60e6, `memory grew by ${process.memoryUsage().rss - before} bytes`);
  });

  it('exit 3 without an error event is a crash with a sentence', async () => {
    const { job } = await run('exit_three');
    assert.deepEqual([job.state, job.code], ['failed', 'child_crashed']);
    assert.match(job.reason ?? '', /exit code 3/);
  });

  it('dying in the middle of a line, killed from outside, speaks of memory', async () => {
    const { job } = await run('die_mid_line');
    assert.deepEqual([job.state, job.code], ['failed', 'child_crashed']);
    assert.match(job.reason ?? '', /SIGKILL.*memory/);
  });

  it('an error event is the one reason', async () => {
    const { job, folder } = await run('error');
    assert.deepEqual([job.state, job.code], ['failed', 'too_few_labels']);
    assert.equal(readFileSync(join(folder, 'events.jsonl'), 'utf8').match(/"event":"error"/g)?.length, 1);
  });

  it('an error event without an exit is ended', async () => {
    assert.equal((await run('error_then_hang')).job.code, 'too_few_labels');
  });

  it('exit 0 without a result is a failure', async () => {
    assert.equal((await run('end_without_result')).job.code, 'no_result');
  });

  it('a crash after train_end is a failure, and train_end is never sent', async () => {
    const { job, folder } = await run('end_then_crash');
    assert.deepEqual([job.state, job.code], ['failed', 'child_crashed']);
    assert.doesNotMatch(readFileSync(join(folder, 'events.jsonl'), 'utf8'), /train_end/);
    assert.ok(!existsSync(join(folder, '../../output')));
  });

  it('silence is ended by the watchdog', async () => {
    const { job } = await run('silent');
    assert.equal(job.code, 'child_silent');
    assert.match(job.reason ?? '', /did not respond for 4 s/);
  });

  it('workers left behind by a leader that ended well are ended, and the job counts', async () => {
    assert.equal((await run('fork_and_leave')).job.state, 'completed');
  });

  it('a waiting child that dies as it gets its job costs the job nothing', async () => {
    const once = join(await tempDir(), 'died');
    const dying = markedEnvironment({ NVIDIA_FIXTURE_DIE_ONCE: once });
    const other = await startJobServer({}, { environment: dying.environment });
    await until(async () => (await other.get('/ping')).body.backend !== 'starting', 60_000, 'the waiting child');
    await other.train('p', { epochs: 1 });
    assert.equal((await other.jobIn('p', 'completed', 'failed')).state, 'completed');
    assert.ok(existsSync(once));
  });

  for (const script of ['ignore_term', 'fork_workers', 'silent']) {
    it(`cancel answers when ${script} is gone, and the project is usable at once`, async () => {
      const project = `cancel-${script.replaceAll('_', '-')}`;
      const stream = await openStream(`${server.base}/listen?project_id=${project}`);
      await server.train(project, { script });
      await stream.waitFor('dataset_loading');
      assert.deepEqual((await server.get(`/terminate?project_id=${project}`)).body, { result: 'OK' });
      assert.ok(processesWith(mark).length <= READY_PROCESSES, 'only what is ready for the next job');
      const notice = await stream.waitFor('notice');
      const ends = stream.names().filter((name) => ['train_end', 'error'].includes(name));
      assert.deepEqual([notice.data.code, ends, (await server.get('/ping')).body.stage], ['cancelled', [], 0]);
      stream.close();
      assert.equal((await server.train(project, { epochs: 1 })).body.result, 'OK');
      assert.equal((await server.jobIn(project, 'completed')).attempt, 1);
    });
  }
});
