import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { NO_TURNS, startCluster, type System } from '../helpers/backends.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { LONG } from '../helpers/occupy.ts';
import { noRedis } from '../helpers/redis.ts';
import { type ServerProcess, startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// First answers that several workers give: who gives which is decided once, whatever dies or is lost.

const TIMES = { lockMs: 3_000, renewMs: 600, stalledMs: 400, reconcileMs: 800, takeMs: 100, tickMs: 400 };
const system: System | undefined = noRedis ? undefined : await startCluster({ times: TIMES, hasNoRunner: true });
const scratch = await tempDir();

describe('first answers of two workers', { skip: noRedis }, () => {
  const { client, redis, projects } = (system ?? {}) as Required<System>;
  const workers: ServerProcess[] = [];
  const ends: (() => void)[] = [];
  after(() => {
    for (const end of ends) end();
  });
  const start = async () => {
    const config = { projectsDir: projects, slots: 1, redis: redis.url, role: 'worker' as const };
    workers.push(
      await startNodeProcess({ config, tuning: NO_TURNS, times: TIMES }, process.env, (end) => void ends.push(end)),
    );
  };

  /** Both workers train for long. */
  const occupied = async () => {
    while (workers.length < 2) await start();
    for (const project of ['busy1', 'busy2']) {
      await client('127.0.0.9').train(project, LONG);
      await client('127.0.0.9').jobIn(project, 'active');
    }
    return async () => {
      for (const project of ['busy1', 'busy2']) await client('127.0.0.9').get(`/terminate?project_id=${project}`);
    };
  };
  const askedOf = (file: string) => {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    return lines.map((line) => ({ project: line.split(' ')[0] ?? '', pid: Number(line.split(' ')[1]) }));
  };
  const hasAnswer = (project: string, id: string) =>
    until(() => eventsOf(projects, project, id).includes('instant_model'), 60_000, `an answer for ${project}`);

  it('a class is answered for once each, by both', async () => {
    const release = await occupied();
    const firstAnswerLog = join(scratch, 'class');
    const gate = join(scratch, 'both');
    const asked = new Map<string, string>();
    for (let n = 1; n <= 6; n += 1) {
      const config = { epochs: 1, firstAnswer: 'give', firstAnswerLog, firstAnswerUntil: gate };
      const { body } = await client(`127.0.1.${n}`).train(`pupil-${n}`, config);
      asked.set(`pupil-${n}`, String(body['job_id']));
    }
    await until(() => askedOf(firstAnswerLog).length === 2, 60_000, 'both to be asked');
    writeFileSync(gate, '');
    for (const [project, id] of asked) await hasAnswer(project, id);
    const done = askedOf(firstAnswerLog);
    assert.equal(new Set(done.map(({ project }) => project)).size, done.length, 'nobody twice');
    assert.equal(new Set(done.map(({ pid }) => pid)).size, 2, 'by both');
    await release();
    for (const [project, id] of asked) {
      await client().jobIn(project, 'completed');
      assertOnce(projects, project, id);
    }
  });

  it('what the one had when it was killed, the other gives', async () => {
    const release = await occupied();
    const firstAnswerLog = join(scratch, 'killed');
    const gate = join(scratch, 'after the kill');
    const config = { epochs: 1, firstAnswer: 'give', firstAnswerLog, firstAnswerUntil: gate };
    const { body } = await client('127.0.1.1').train('orphan', config);
    const [first] = await until(() => (askedOf(firstAnswerLog).length > 0 ? askedOf(firstAnswerLog) : undefined));
    const parent = Number(readFileSync(`/proc/${first?.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
    const at = workers.findIndex(({ pid }) => pid === parent);
    await workers.splice(at, 1)[0]?.end('SIGKILL');
    writeFileSync(gate, '');
    await hasAnswer('orphan', String(body['job_id']));
    assert.equal(askedOf(firstAnswerLog).length, 2);
    await release();
    await client().jobIn('orphan', 'completed');
    assertOnce(projects, 'orphan', String(body['job_id']));
  });

  it('Redis loses all it had meanwhile: each is answered for and trained once', async () => {
    const release = await occupied();
    const gate = join(scratch, 'after the loss');
    const firstAnswerLog = join(scratch, 'lost');
    const config = { epochs: 2, firstAnswer: 'give', firstAnswerLog, firstAnswerUntil: gate };
    const { body } = await client('127.0.1.1').train('lost', config);
    await until(() => askedOf(firstAnswerLog).length === 1, 60_000, 'the question');
    await redis.wipe();
    await release();
    await client().jobIn('lost', 'completed');
    writeFileSync(gate, '');
    const log = jobLog(projects, 'lost', String(body['job_id']));
    assert.deepEqual(epochsIn(log), [1, 2]);
    assertOnce(projects, 'lost', String(body['job_id']));
  });
});

function eventsOf(projects: string, project: string, id: string): string[] {
  return jobLog(projects, project, id).map(({ event }) => event);
}

/** No event of the log is there twice, and none is missing. */
function assertOnce(projects: string, project: string, id: string): void {
  const log = jobLog(projects, project, id);
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
  );
  const counts = ['initial', 'instant_model', 'train_end'].map(
    (name) => log.filter(({ event }) => event === name).length,
  );
  assert.ok(counts[0] === 1 && (counts[1] ?? 0) <= 1 && counts[2] === 1, JSON.stringify(counts));
}
