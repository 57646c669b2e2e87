import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { keptLog } from '../helpers/kept-log.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The life of the process that gives first answers: its start, its silence, its end.

const scratch = await tempDir();

/** A server whose only slot is taken, and the processes that were asked about each of its projects. */
async function occupied(tuning: Partial<JobTuning>, logTo?: Writable) {
  const server = await startJobServer(
    { slots: 1, ...(logTo && { logLevel: 'info' }) },
    { tuning, ...(logTo && { logTo }) },
  );
  const log = join(await tempDir(), 'asked');
  await server.from('127.0.0.9').train('busy', { epochs: 1000, epochMs: 20 });
  await server.jobIn('busy', 'active');
  return {
    server,
    wait: (project: string, config: object) => server.train(project, { epochs: 1, firstAnswerLog: log, ...config }),
    asked(project: string) {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
      return lines.filter((line) => line.startsWith(`${project} `)).map((line) => line.split(' ')[1] ?? '');
    },
    release: () => server.get('/terminate?project_id=busy'),
  };
}

describe('the process that gives first answers', () => {
  it('ends when nobody waits, and another one comes for the next', async (t) => {
    if (process.platform !== 'linux') return t.skip('looks for the process in /proc');
    const { wait, asked, release, server } = await occupied({ firstAnswerIdleMs: 50 });
    await wait('one', { firstAnswer: 'give' });
    const [first] = await until(() => (asked('one').length > 0 ? asked('one') : undefined));
    await until(() => !existsSync(`/proc/${first}`), 60_000, 'its end');
    await wait('two', { firstAnswer: 'give' });
    const [second] = await until(() => (asked('two').length > 0 ? asked('two') : undefined));
    assert.notEqual(second, first);
    await release();
    await server.jobIn('two', 'completed');
  });

  it('is ended when it says nothing, and after a second time the training goes without', async () => {
    const log = keptLog();
    const { wait, asked, release, server } = await occupied({ silenceMs: 2_000 }, log);
    await wait('mute', { firstAnswer: 'give', firstAnswerUntil: join(scratch, 'never') });
    await until(() => asked('mute').length === 2, 60_000, 'a second try');
    await release();
    const { id } = await server.jobIn('mute', 'completed');
    assert.equal(new Set(asked('mute')).size, 2);
    const ended = await until(() => {
      const lines = log.lines().filter(({ msg }) => String(msg).startsWith('the process of first answers ended'));
      return lines.length === 2 ? lines : undefined;
    });
    assert.deepEqual(
      ended.map(({ job, kind, project, child }) => [job, kind, project, String(child)]),
      asked('mute').map((child) => [id, 'train', 'mute', child]),
      'the log has the ids of the job and of the process',
    );
  });

  it('says nothing against a project that only it has no memory for', async () => {
    const { wait, asked, release, server } = await occupied({});
    await wait('large', { firstAnswer: 'no memory' });
    await until(() => asked('large').length > 0, 60_000, 'the question');
    await release();
    assert.equal((await server.jobIn('large', 'completed', 'failed')).state, 'completed');
  });

  it('is not started where there is too little memory for it', async () => {
    const { wait, asked, release, server } = await occupied({ firstAnswerMinFreeBytes: Number.MAX_SAFE_INTEGER });
    await wait('small', { firstAnswer: 'give' });
    await release();
    await server.jobIn('small', 'completed');
    assert.deepEqual(asked('small'), []);
  });
});
