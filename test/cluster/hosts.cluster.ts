import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { type JobAnswer, type JobClient, jobClient } from '../helpers/job-server.ts';
import { noRedis, startRedis } from '../helpers/redis.ts';
import { type ServerProcess, startNodeProcess } from '../helpers/server-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// The same as test/conformance/hosts.test.ts in real time: ten workers and two web servers, each a process of its own, all
// on this computer. Their scripted children take the seconds of an H200.

const PUPILS = Number(process.env['HOSTS_PUPILS'] ?? 400);
const HOSTS = Number(process.env['HOSTS'] ?? 10);
const PRESS_MS = 2_000;
const EPOCHS = 30;
const CHILD = { script: 'train', epochs: EPOCHS, loadMs: 300, firstAnswer: 'give', firstAnswerMs: 200 };

describe('400 pupils on ten hosts, in real time', { skip: noRedis }, () => {
  it('each is trained once; prints the last first answer and how busy the hosts were', async (context) => {
    const { url } = await startRedis();
    const projects = await tempDir();
    const config = { projectsDir: projects, redis: url, slots: 1 };
    const start = (role: 'web' | 'worker') => startNodeProcess({ config: { ...config, role } });
    const webs = [await start('web'), await start('web')];
    for (let host = 0; host < HOSTS; host += 1) await start('worker');
    const pupils = Array.from({ length: PUPILS }, (_, pupil) => createPupil(webs, pupil));
    for (const { client, project, trainConfig } of pupils) await client.upload(project, trainConfig);
    const pressedAtS = await press(pupils);
    const client = jobClient(webs[0]?.base ?? '');
    const jobs = await until(() => allDone(client), 3_000_000, 'the end of all trainings');
    assert.equal(jobs.length, PUPILS);
    const logs = new Map(jobs.map(({ id, project_id: project }) => [project, jobLog(projects, project, id)]));
    for (const [project, log] of logs) {
      assert.equal(epochsIn(log).length, EPOCHS, project);
      assert.ok(log.filter(({ event }) => event === 'instant_model').length <= 1, project);
    }
    const answersS = [...logs].map(([project, log]) => {
      // one that starts at once answers by itself, when it has read its photos
      const first = log.find(({ event }) => event === 'instant_model' || event === 'train_start');
      return (first?.time ?? Infinity) - (pressedAtS.get(project) ?? 0);
    });
    context.diagnostic(sentenceOf(jobs, answersS, [...pressedAtS.values()]));
  });
});

interface Pupil {
  readonly client: JobClient;
  readonly project: string;
  readonly trainConfig: object;
}

/** Each at an address, with a project of its own; their epochs differ by a factor of four. */
function createPupil(webs: readonly ServerProcess[], pupil: number): Pupil {
  const epochMs = 120 * 4 ** (((pupil * 0.618_034) % 1) - 0.5);
  const address = `127.0.${1 + Math.floor(pupil / 200)}.${1 + (pupil % 200)}`;
  const project = `p${pupil}`;
  return {
    client: jobClient(webs[pupil % webs.length]?.base ?? '', address),
    project,
    trainConfig: { ...CHILD, epochMs, mark: project },
  };
}

/** All press Train within two seconds; when each did, in seconds. */
async function press(pupils: readonly Pupil[]): Promise<ReadonlyMap<string, number>> {
  const pressedAtS = new Map<string, number>();
  await Promise.all(
    pupils.map(async ({ client, project, trainConfig }, pupil) => {
      await pause((PRESS_MS * pupil) / pupils.length);
      pressedAtS.set(project, Date.now() / 1000);
      const { status, body } = await client.post('/train', { project, train_config: trainConfig });
      assert.equal(status, 200, JSON.stringify(body));
    }),
  );
  return pressedAtS;
}

async function allDone(client: JobClient): Promise<readonly JobAnswer[] | undefined> {
  await pause(1_000);
  const jobs = await client.jobs();
  return jobs.length === PUPILS && jobs.every(({ state }) => state === 'completed') ? jobs : undefined;
}

function sentenceOf(jobs: readonly JobAnswer[], answersS: readonly number[], pressedAtS: readonly number[]): string {
  const sorted = answersS.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  const ranS = jobs.reduce((sum, { started_at: from = 0, finished_at: to = 0 }) => sum + to - from, 0);
  const tookS = Math.max(...jobs.map(({ finished_at: to = 0 }) => to)) - Math.min(...pressedAtS);
  const share = (100 * ranS) / (HOSTS * tookS);
  return `first answers after ${at(0)}, ${at(0.5)} and ${at(1)} s (first, median, last); all trained after ${tookS.toFixed(0)} s, hosts busy for ${share.toFixed(1)} % of it`;
}
