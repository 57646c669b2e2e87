import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { JobTuning } from '../../src/jobs/tuning.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { type JobClient, startJobServer } from '../helpers/job-server.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { startServerProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Trainings of sounds that run at once on one slot, each with one thread.

const { mark, environment } = markedEnvironment();
after(() => until(() => processesWith(mark).length === 0, 60_000, 'the end of all processes'));

const cores = availableParallelism();
const skip = cores < 2 && 'one processor core is never shared';
/** As many as share a slot here. */
const SHARING = ['b', 'c', 'd', 'e'].slice(0, cores);
/** A turn is over after its first epoch. */
const SHORT: Partial<JobTuning> = { slices: { leastS: 0.01, costs: 0 }, yieldMinFreeBytes: 0 };
const FIGURES = 'f'.repeat(32);
const SOUNDS = { type: 'VOICE_CLASSIFICATION' } as const;

type Server = JobClient & { from(address: string): JobClient };

/** `a` had the slot alone and has left its turn to SHARING, which train at once until `open` is called; others wait. */
async function allTrain(server: Server, projects: string) {
  const [gate, allWait] = [join(projects, '.gate'), join(projects, '.all-wait')];
  const argumentsOf = (project: string) => join(projects, `.arguments-${project}`);
  const train = (project: string, address: string, more: object, zip: object = SOUNDS) =>
    server.from(address).train(project, { epochs: 1, argumentsFile: argumentsOf(project), ...more }, zip);
  await train('a', '127.0.0.2', { epochs: 2, untilAsked: true, leaveUntil: allWait });
  await server.jobIn('a', 'active');
  for (const [index, project] of SHARING.entries()) await train(project, `127.0.0.${index + 3}`, { trainUntil: gate });
  writeFileSync(allWait, '');
  const areActive = async () => (await activeOf(server)).join() === SHARING.join();
  const haveProcesses = () => SHARING.every((project) => existsSync(argumentsOf(project)));
  await until(async () => haveProcesses() && (await areActive()), 60_000, 'all to train');
  return {
    train,
    open: () => writeFileSync(gate, ''),
    threadsOf(project: string) {
      const given = JSON.parse(readFileSync(argumentsOf(project), 'utf8')) as string[];
      return Number(given[given.indexOf('--threads') + 1]);
    },
  };
}

const activeOf = async (server: Server) =>
  (await server.jobs())
    .filter(({ state }) => state === 'active')
    .map(({ project_id }) => project_id)
    .sort();

describe('trainings of sounds', { skip }, () => {
  it('share the slot, with one thread each, and leave it whole to the others', async () => {
    const projects = await tempDir();
    const config = { projectsDir: projects, slots: 1, metricsKey: FIGURES };
    const server = await startJobServer(config, { environment, tuning: SHORT });
    const { train, open, threadsOf } = await allTrain(server, projects);
    assert.equal(threadsOf('a'), cores);
    assert.deepEqual(new Set(SHARING.map(threadsOf)), new Set([1]));
    await train('photos', '127.0.0.9', {}, {});
    assert.deepEqual(await activeOf(server), SHARING);
    const figures = await server.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${FIGURES}` } });
    assert.deepEqual(figures.body.match(/^mai_slots.* .*$/gm), ['mai_slots 1', 'mai_slots_free 0']);
    open();
    for (const project of ['a', ...SHARING, 'photos']) await server.jobIn(project, 'completed');
    assert.deepEqual([threadsOf('a'), threadsOf('photos')], [cores, cores], 'in its second turn as in its first');
  });

  it('are cancelled alone, and the next one takes that place', async () => {
    const projects = await tempDir();
    const server = await startJobServer({ projectsDir: projects, slots: 1 }, { environment, tuning: SHORT });
    const { train, open, threadsOf } = await allTrain(server, projects);
    // `a` waits for its second turn with the whole slot: it would be next
    await server.get('/terminate?project_id=a');
    await train('next', '127.0.0.9', {});
    assert.deepEqual(await activeOf(server), SHARING);
    await server.get('/terminate?project_id=b');
    assert.equal((await server.jobIn('next', 'completed')).state, 'completed');
    assert.equal(threadsOf('next'), 1);
    assert.deepEqual(await activeOf(server), SHARING.slice(1), 'they trained all the time');
    open();
    for (const project of SHARING.slice(1)) await server.jobIn(project, 'completed');
  });

  it('go on with one thread after kill -9 of the server', async () => {
    const projects = await tempDir();
    const before = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
    const { open, threadsOf } = await allTrain(before, projects);
    await before.end('SIGKILL');
    await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
    for (const project of SHARING) writeFileSync(join(projects, `.arguments-${project}`), '[]');
    const server = await startServerProcess(projects, environment, { slots: 1 }, SHORT);
    open();
    for (const project of ['a', ...SHARING]) {
      const { id } = await server.jobIn(project, 'completed');
      assert.deepEqual(epochsIn(jobLog(projects, project, id)), project === 'a' ? [1, 2] : [1], project);
    }
    assert.deepEqual(new Set(SHARING.map(threadsOf)), new Set([1]));
    await server.end('SIGTERM');
  });
});
