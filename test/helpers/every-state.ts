import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_TURNS, type System } from './backends.ts';
import { type JobClient, startJobServer } from './job-server.ts';
import { markedEnvironment, processesWith } from './processes.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { projectsOf } from './so-far.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

// One server with a training in each state that has to do with first answers and the model so far.

/** Projects, by the state that their training is in. */
export const STATES = [
  /** Its trained model is being converted, since the model so far was. */
  { name: 'own', stage: 2, begun: true, converts: false },
  /** It is done, and waits for a conversion of its model so far, which runs. */
  { name: 'finishing', stage: 2, begun: true, converts: true },
  /** It trains while its model so far is converted. */
  { name: 'trains', stage: 2, begun: true, converts: true },
  /** It waits for its turn, and a conversion of its first answer waits as well. */
  { name: 'waits', stage: 1, begun: false, converts: true },
  /** It waits, and its first answer is just being made. */
  { name: 'answered', stage: 1, begun: false, converts: false },
] as const;
/** Two run beside the slots at once. */
const RUNNING = ['finishing', 'trains'] as const;
export const CONVERTING = [...RUNNING, 'waits'] as const;

export type EveryState = Awaited<ReturnType<typeof inEveryState>>;

/** A server in this process: it starts at once, and can only be stopped in order. */
async function startHere(projectsDir: string, environment: Readonly<Record<string, string>>) {
  const { app, from } = await startJobServer({ projectsDir, slots: 3 }, { environment, tuning: NO_TURNS });
  return {
    from,
    async end() {
      await app.close();
      return 0;
    },
  };
}

/** Resolves when each training is in its state. All of them are of 127.0.0.2. `isKilled`: a server that can be killed. */
export async function inEveryState({ isKilled = false } = {}) {
  const { mark, environment } = markedEnvironment();
  const [projects, scratch] = [await tempDir(), await tempDir()];
  const start = (): Promise<Pick<ServerProcess, 'from' | 'end'>> =>
    isKilled ? startServerProcess(projects, environment, { slots: 3 }, NO_TURNS) : startHere(projects, environment);
  let server = await start();
  const client = (address = '127.0.0.2'): JobClient => server.from(address);
  const system = { projects, client } as unknown as System;
  const of = projectsOf(system, 'embedded', scratch);
  const gates = new Map(STATES.flatMap(({ name }) => [name, `${name} trained`]).map((name) => [name, of.gate(name)]));
  const gate = (name: string) => gates.get(name) ?? assert.fail(name);
  const asked = join(scratch, 'asked');
  const settings = (name: string) => ({ trainUntil: gate(`${name} trained`).path, convertUntil: gate(name).path });
  const ids = new Map<string, string>();
  const answers = new Map<string, ReturnType<typeof of.convert>>();
  const convert = async (name: string, state: string) => {
    const answer = of.convert(name);
    answer.catch(() => undefined);
    answers.set(name, answer);
    await of.isIn(name, 'convert', state);
  };

  for (const name of ['own', ...RUNNING]) ids.set(name, (await of.begins(name, settings(name))).id);
  gate('own').open();
  assert.equal((await of.convert('own')).body['result'], 'OK');
  gate('own').shut();
  for (const name of RUNNING) await convert(name, 'active');
  for (const name of ['own trained', 'finishing trained']) gate(name).open();
  await until(() => existsSync(`${gate('own').path}.waiting`), 60_000, 'its own conversion');
  const made = join(projects, 'finishing', 'jobs', ids.get('finishing') ?? '', 'output', 'report.json');
  await until(() => existsSync(made), 60_000, 'a trained model');
  ids.set('waits', (await of.waits('waits', settings('waits'))).id);
  await convert('waits', 'waiting');
  const answering = { firstAnswer: 'give', firstAnswerUntil: gate('answered').path, firstAnswerLog: asked };
  const { body } = await client().train('answered', { epochs: 1, mark: 'answered', ...answering });
  ids.set('answered', String(body['job_id']));
  await until(() => existsSync(asked), 60_000, 'the question for a first answer');

  return {
    ...of,
    ...{ projects, client },
    idOf: (name: string) => ids.get(name) ?? assert.fail(name),
    jobsOf: async (name: string) => (await client().jobs()).filter(({ project_id }) => project_id === name),
    /** What /convert said. */
    converted: async (name: string) => (await answers.get(name))?.body,
    /** Whether the process runs that was asked for the first answer. */
    isAnswering: () => existsSync(`/proc/${readFileSync(asked, 'utf8').trim().split(' ').at(-1)}`),
    openAll() {
      for (const each of gates.values()) each.open();
    },
    isOver: (name: string) =>
      until(
        async () => {
          const jobs = (await client().jobs()).filter(({ project_id }) => project_id === name);
          return jobs.every(({ state }) => state !== 'waiting' && state !== 'active') ? jobs : undefined;
        },
        60_000,
        `the end of all jobs of ${name}`,
      ),
    async restart(signal: 'SIGKILL' | 'SIGTERM') {
      await server.end(signal);
      await until(() => processesWith(mark).length === 0, 60_000, 'the end of its children');
      server = await start();
    },
    /** The process that forked those that run. */
    killParent() {
      const child = readFileSync(`${gate('own').path}.waiting`, 'utf8');
      const [, parent] = readFileSync(`/proc/${child}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      process.kill(Number(parent), 'SIGKILL');
      return until(() => !existsSync(`/proc/${child}`), 60_000, 'the end of its children');
    },
    /** Ends in good order, and leaves no process. */
    async end() {
      assert.equal(await server.end('SIGTERM'), 0);
      assert.deepEqual(processesWith(mark), []);
    },
  };
}
