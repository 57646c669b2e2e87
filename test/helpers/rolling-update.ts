import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterTimes } from '../../src/cluster/times.ts';
import { type EventStream, openStream } from './event-stream.ts';
import { epochsIn, jobLog, type LoggedEvent } from './job-log.ts';
import { type Answer, type JobAnswer, jobClient, type JobClient } from './job-server.ts';
import { startRedis } from './redis.ts';
import { type ServerProcess, startNodeProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

// All processes of a cluster are stopped and started again, one after the other, while jobs are sent, wait and train and
// somebody follows a training.

export interface RollingOptions {
  /** Projects that are trained meanwhile, beside the one that is followed. */
  readonly projects: number;
  /** How often each process is stopped and started again. */
  readonly rounds: number;
  readonly workers: number;
  readonly times: Partial<ClusterTimes>;
}

export interface RollingResult {
  /** Exit codes of all that were stopped. */
  readonly exits: readonly (number | null)[];
  /** Every job but those that a second Train replaced, and what is wrong with it in words. */
  readonly jobs: readonly JobAnswer[];
  readonly faults: readonly string[];
  /** How many trainings a stop interrupted, that of the stream included. */
  readonly interrupted: number;
  /** Of the training that was followed: ids as the reader has them, and as they are in the log. */
  readonly read: readonly string[];
  readonly logged: readonly string[];
  /** How many had a first answer while they waited. */
  readonly answered: number;
  /** How often the reader's stream was cut. */
  readonly cuts: number;
  /** Requests that got no answer and were sent again to the other server, and trainings that were replaced by that. */
  readonly askedAgain: number;
  readonly replaced: number;
}

const FOLLOWED = 'followed';
const DEADLINE_MS = 600_000;
const EPOCHS = 4;
/** Answered for while they wait, too. */
const TRAINING = { epochs: EPOCHS, epochMs: 150, firstAnswer: 'give', firstAnswerMs: 100 };

/** Two web servers and some workers, each in a process of its own. */
export async function rollingUpdate({
  projects: count,
  rounds,
  workers,
  times,
}: RollingOptions): Promise<RollingResult> {
  const redis = await startRedis();
  const projects = await tempDir();
  const config = { projectsDir: projects, redis: redis.url, slots: 2 };
  const start = (role: 'web' | 'worker') => startNodeProcess({ config: { ...config, role }, times });
  const roles = ['web', 'web', ...Array.from({ length: workers }, () => 'worker' as const)] as const;
  const processes = await Promise.all(roles.map(start));
  const servers = createServers(() => processes.slice(0, 2));
  const reader = follow(servers.bases, FOLLOWED);
  const release = join(await tempDir(), 'release');
  await servers.train(FOLLOWED, '127.0.1.1', { epochs: 100, epochMs: 150, trainUntil: release });
  await until(() => reader.ids.length > 5, DEADLINE_MS, 'some events');

  const names = Array.from({ length: count }, (_, n) => `p${n}`);
  let isUpdated = false;
  const sending = sendAll(servers, names, () => isUpdated);
  const exits: (number | null)[] = [];
  for (let round = 0; round < rounds; round += 1)
    for (const [at, old] of [...processes.entries()]) {
      exits.push(await old.end('SIGTERM'));
      processes[at] = await start(at < 2 ? 'web' : 'worker');
    }
  isUpdated = true;
  await sending;
  writeFileSync(release, '');
  const all = await until(() => allEnded(servers, count + 1), DEADLINE_MS, 'the end of all jobs');
  const jobs = all.filter(({ code }) => code !== 'superseded');
  const followed = jobs.find(({ project_id: project }) => project === FOLLOWED)?.id ?? '';
  const logged = jobLog(projects, FOLLOWED, followed).map(({ seq }) => `${followed}:${seq}`);
  await until(() => reader.ids.at(-1) === logged.at(-1), DEADLINE_MS, 'the last event');
  await reader.close();
  return {
    ...{ exits, jobs, logged, read: reader.ids, cuts: reader.cuts, askedAgain: servers.askedAgain },
    replaced: all.length - jobs.length,
    faults: jobs.flatMap((job) => faultsOf(projects, job)),
    interrupted: countWith(projects, jobs, ({ code }) => code === 'resumed'),
    answered: countWith(projects, jobs, ({ event }) => event === 'instant_model'),
  };
}

/** Jobs whose log has such an event. */
function countWith(projects: string, jobs: readonly JobAnswer[], isSuch: (event: LoggedEvent) => boolean): number {
  return jobs.filter(({ id, project_id: project }) => jobLog(projects, project, id).some(isSuch)).length;
}

/** Half of them at once, the others while processes are stopped. */
async function sendAll(servers: Servers, names: readonly string[], isUpdated: () => boolean): Promise<void> {
  for (const [n, name] of names.entries()) {
    if (n > names.length / 2 && !isUpdated()) await pause(500);
    await servers.train(name, `127.0.2.${1 + (n % 200)}`, { ...TRAINING, mark: name });
  }
}

interface Servers {
  bases(): readonly string[];
  readonly askedAgain: number;
  train(project: string, address: string, trainConfig: object): Promise<void>;
  jobs(): Promise<readonly JobAnswer[]>;
}

/** As a proxy before them does: a request that one does not take is for the other. */
function createServers(now: () => readonly ServerProcess[]): Servers {
  let next = 0;
  let askedAgain = 0;
  const bases = () => now().map(({ base }) => base);
  const ask = async <Value>(address: string, what: (client: JobClient) => Promise<Value | undefined>) =>
    until(
      async () => {
        const client = jobClient(bases()[(next += 1) % 2] ?? '', address);
        const answer = await what(client).catch(() => undefined);
        if (answer === undefined) askedAgain += 1;
        return answer;
      },
      DEADLINE_MS,
      'an answer of one of two servers',
    );
  return {
    bases,
    get askedAgain() {
      return askedAgain;
    },
    async train(project, address, trainConfig) {
      const order = { project, train_config: trainConfig };
      await ask(address, async (client) => taken(await client.upload(project, trainConfig)));
      await ask(address, async (client) => taken(await client.post('/train', order)));
    },
    jobs: () => ask('127.0.0.1', (client) => client.jobs()),
  };
}

/** Undefined: it stops, and another one is to be asked. */
function taken({ status, body }: Answer): true | undefined {
  if (status === 503) return undefined;
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return true;
}

/** Follows a project as a browser does: where its stream ends it goes on after its last id, at the other server. */
function follow(bases: () => readonly string[], project: string) {
  const ids: string[] = [];
  const state = { isClosed: false, cuts: 0 };
  const readFrom = async (base: string | undefined) => {
    const headers: Record<string, string> = ids.length === 0 ? {} : { 'last-event-id': String(ids.at(-1)) };
    const stream = await openStream(`${base ?? ''}/listen?project_id=${project}`, { headers }).catch(() => undefined);
    if (stream?.status !== 200) return;
    for (let taken = 0; !state.isClosed; await pause(20)) {
      const isOver = stream.ended;
      taken = takeIds(stream, taken, ids);
      if (isOver) break;
    }
    stream.close();
    state.cuts += 1;
  };
  const reading = (async () => {
    for (let n = 0; !state.isClosed; n += 1, await pause(20)) await readFrom(bases()[n % 2]);
  })();
  return {
    ids,
    get cuts() {
      return state.cuts;
    },
    close() {
      state.isClosed = true;
      return reading;
    },
  };
}

/** Those of no log (a position in the queue) have no id. */
function takeIds({ messages }: EventStream, from: number, ids: string[]): number {
  for (const { id } of messages.slice(from)) if (id !== undefined) ids.push(id);
  return messages.length;
}

async function allEnded(servers: Servers, count: number): Promise<readonly JobAnswer[] | undefined> {
  const jobs = await servers.jobs();
  const isOver = ({ state }: JobAnswer) => state !== 'waiting' && state !== 'active';
  return jobs.length >= count && jobs.every(isOver) ? jobs : undefined;
}

function faultsOf(projects: string, { id, project_id: project, state, attempt, code }: JobAnswer): string[] {
  const log = jobLog(projects, project, id);
  const epochs = epochsIn(log);
  const said = [
    state === 'completed' || `it is ${state} ${code ?? ''}`,
    attempt === 1 || `${attempt} attempts`,
    log.every(({ seq }, index) => seq === index + 1) || 'its log has a gap',
    log.filter(({ event }) => event === 'train_end').length === 1 || 'it ends not once',
    log.filter(({ event }) => event === 'instant_model').length <= 1 || 'it has two first answers',
    epochs.every((epoch, index) => epoch === index + 1) || `its epochs are ${epochs.join()}`,
    project === FOLLOWED || epochs.length === EPOCHS || `it has ${epochs.length} epochs`,
    state !== 'completed' || modelOf(projects, project) === `model.pth of ${project}` || 'its model is of another',
  ];
  return said.flatMap((one) => (one === true ? [] : [`${project}: ${String(one)}`]));
}

function modelOf(projects: string, project: string): string {
  return readFileSync(join(projects, project, 'output', 'model.pth'), 'utf8');
}
