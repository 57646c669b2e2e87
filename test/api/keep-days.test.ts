import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const DAY = 86_400;

/** A server whose days go by as the test says; it looks at its projects all the time. */
async function begin(config: object = {}, days = 0) {
  const clock = { now: Date.now() / 1000 + days * DAY };
  const server = await startJobServer(
    { keepDays: 10, slots: 1, ...config },
    { keepTimes: { now: () => clock.now, lookMs: 5 } },
  );
  /** The day was counted of each of these that goes soon, or it is gone. */
  const isCounted = async (ids: readonly string[]) => {
    const today = Math.floor(clock.now / DAY);
    const soon = (await projectsIn(server)).filter(({ id, deletion }) => ids.includes(id) && deletion?.soon === true);
    return soon.every(({ id }) => seenOn(`${server.config.projectsDir}/${id}/use.json`) === today);
  };
  const pass = async (count: number, ...ids: readonly string[]) => {
    for (let day = 0; day < count; day += 1) {
      clock.now += DAY;
      await until(() => isCounted(ids), 10_000, `the look at ${ids} on day ${day}`);
    }
  };
  return { server, pass, clock };
}

/** A server whose projects were used for six days. */
async function useForSixDays(projectsDir: string, ...ids: readonly string[]): Promise<void> {
  const { server, pass } = await begin({ projectsDir });
  for (const id of ids) await server.upload(id);
  await pass(6, ...ids);
  await server.app.close();
}

interface Deletion {
  readonly at: number;
  readonly soon: boolean;
}

interface Listed {
  readonly id: string;
  readonly deletion: Deletion | null;
}

const projectsIn = async (server: JobServer) =>
  ((await server.get('/projects')).body as { projects: Listed[] }).projects;
const idsIn = async (server: JobServer) => (await projectsIn(server)).map(({ id }) => id).sort();
const deletionIn = async (server: JobServer) => (await projectsIn(server))[0]?.deletion;

function seenOn(path: string): number {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { seenOn: number }).seenOn : 0;
}

describe('a project that nobody uses', () => {
  it('says when it goes, warns seven days before, and goes', async () => {
    const { server, pass, clock } = await begin();
    await server.upload('a');
    const stream = await openStream(`${server.base}/listen`);
    const fresh = await deletionIn(server);
    assert.ok(fresh && !fresh.soon && Math.abs(fresh.at - clock.now - 10 * DAY) < DAY);
    await pass(4, 'a');
    assert.equal((await deletionIn(server))?.soon, true);
    const { data } = await stream.waitFor('notice');
    assert.deepEqual([data['code'], data['project']], ['project_unused', 'a']);
    await pass(8, 'a');
    await until(async () => (await idsIn(server)).length === 0);
    await stream.waitFor('reset');
    stream.close();
    assert.ok(!existsSync(`${server.config.projectsDir}/a`));
  });

  it('a class shows the date too, and without the setting there is none', async () => {
    const deletionOf = async (config: object) => {
      const { server } = await begin(config);
      await server.upload('a');
      return ((await server.get('/class')).body as { projects: { deletion: Deletion | null }[] }).projects[0]?.deletion;
    };
    assert.equal((await deletionOf({}))?.soon, false);
    assert.equal(await deletionOf({ keepDays: undefined }), null);
  });

  it('stays where somebody looks at it, asks its model, or sends it again', async () => {
    const { server, pass } = await begin();
    for (const id of ['looked', 'sent', 'left']) await server.upload(id);
    await pass(5, 'looked', 'sent', 'left');
    assert.equal((await server.get('/projects/looked/samples')).status, 200);
    await until(async () => (await server.get('/projects/looked')).body['deletion'] !== null);
    await until(async () => !((await server.get('/projects/looked')).body['deletion'] as Deletion).soon);
    await pass(5, 'left');
    await server.get('/projects/looked');
    await server.upload('sent');
    await pass(3, 'left');
    await until(async () => !(await idsIn(server)).includes('left'));
    assert.ok((await idsIn(server)).includes('looked'));
  });
});

describe('nothing is deleted', () => {
  it('of which a job waits or runs', async () => {
    const { server, pass } = await begin();
    await server.from('127.0.0.2').train('runs', { epochs: 10_000, epochMs: 50 });
    await server.jobIn('runs', 'active');
    await server.from('127.0.0.3').train('waits', { epochs: 1 });
    await server.upload('idle');
    await pass(14, 'idle');
    await until(async () => !(await idsIn(server)).includes('idle'));
    const isSafe = async (id: string) =>
      (await projectsIn(server)).find((one) => one.id === id)?.deletion?.soon === false;
    for (const id of ['runs', 'waits'])
      await until(() => isSafe(id), 10_000, `${id} is used as long as its job is there`);
  });

  it('at a start with a clock that is years ahead; after seven more days of it the warning was long enough', async () => {
    const projectsDir = await tempDir();
    await useForSixDays(projectsDir, 'a', 'b');
    const ahead = await begin({ projectsDir }, 4000);
    await ahead.pass(1, 'a', 'b');
    assert.deepEqual(await idsIn(ahead.server), ['a', 'b']);
    assert.equal((await deletionIn(ahead.server))?.soon, true);
    await ahead.server.app.close();
    const right = await begin({ projectsDir }, 2);
    assert.equal((await deletionIn(right.server))?.soon, false);
    assert.deepEqual(await idsIn(right.server), ['a', 'b']);
  });

  it('of which the days are not known any more, as its use.json is damaged; those of others go on after a restart', async () => {
    const projectsDir = await tempDir();
    await useForSixDays(projectsDir, 'a', 'b');
    await writeFile(`${projectsDir}/b/use.json`, '{');
    const second = await begin({ projectsDir }, 7);
    await second.pass(5, 'a');
    await until(async () => !(await idsIn(second.server)).includes('a'));
    assert.deepEqual(await idsIn(second.server), ['b'], 'its days were counted anew');
  });
});
