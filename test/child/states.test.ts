import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CONVERTING, type EveryState, inEveryState, STATES } from '../helpers/every-state.ts';

// What can be done to a training in each state that has to do with first answers and the model so far. Of turns:
// turns.test.ts.

const NEWER = { epochs: 1, mark: 'newer' };
const NAMES = STATES.map(({ name }) => name);
const all = <Value>(names: readonly string[], look: (name: string) => Promise<Value>) => Promise.all(names.map(look));
const lastOf = (of: EveryState, name: string) => of.codesOf(name, of.idOf(name)).at(-1);
const hasBoardFiles = ({ projects }: EveryState, name: string) =>
  existsSync(join(projects, name, 'output', 'model_int8.bin'));

/** The newer training alone has left a model, and the older one and all conversions have ended. */
async function isReplaced(of: EveryState, name: string): Promise<void> {
  const jobs = await of.isOver(name);
  assert.deepEqual(
    jobs.filter(({ kind }) => kind === 'train').map(({ state, code }) => [state, code]),
    [
      ['completed', undefined],
      ['cancelled', 'superseded'],
    ],
    name,
  );
  assert.equal(lastOf(of, name), 'superseded');
  assert.equal(of.output(name, 'model.pth'), 'model.pth of newer');
  assert.ok(!hasBoardFiles(of, name), 'no files of two runs');
}

describe('a training in any state of first answers and the model so far', { concurrency: 3 }, () => {
  it('is at the stage that it says, and is cancelled with its conversion', async () => {
    const of = await inEveryState();
    assert.deepEqual(
      await all(NAMES, of.stage),
      STATES.map(({ stage }) => stage),
    );
    for (const name of NAMES) assert.equal((await of.client().get(`/terminate?project_id=${name}`)).status, 200);
    const open = (await all(NAMES, of.jobsOf)).flat().filter(({ state }) => state !== 'cancelled');
    assert.deepEqual(
      open.map(({ kind, state, project_id }) => [kind, state, project_id]),
      [['convert', 'completed', 'own']],
    );
    assert.deepEqual(new Set(NAMES.map((name) => lastOf(of, name))), new Set(['cancelled']));
    assert.deepEqual(await all(NAMES, of.stage), [5, 0, 0, 0, 0]);
    const kept = (await all(NAMES, of.jobsOf)).flat().filter(({ reason }) => /but the model so far/.test(reason ?? ''));
    assert.deepEqual(
      kept.map(({ id }) => id),
      [of.idOf('own')],
      'who has a model to use is told so',
    );
    assert.deepEqual(
      new Set((await all(CONVERTING, of.converted)).map((body) => body?.['code'])),
      new Set(['cancelled']),
    );
    await of.end();
  });

  it('is replaced by a second Train of its client, once a conversion that was asked for is done', async () => {
    const of = await inEveryState();
    for (const name of NAMES) assert.equal((await of.client().train(name, NEWER)).status, 200);
    of.openAll();
    for (const name of NAMES) await isReplaced(of, name);
    assert.deepEqual(new Set((await all(CONVERTING, of.converted)).map((body) => body?.['result'])), new Set(['OK']));
    await of.end();
  });

  it('is replaced by another computer only if it has not begun', async () => {
    const of = await inEveryState();
    const answers = await all(NAMES, (name) => of.client('127.0.0.9').train(name, NEWER));
    assert.deepEqual(
      answers.map(({ status }) => status),
      STATES.map(({ begun }) => (begun ? 409 : 200)),
    );
    of.openAll();
    for (const { name, begun } of STATES)
      if (!begun) await isReplaced(of, name);
      else await of.isIn(name, 'train', 'completed');
    await of.end();
  });

  it('is deleted with its project, of which nothing comes back', async () => {
    const of = await inEveryState();
    for (const name of NAMES)
      assert.equal((await fetch(`${of.client().base}/projects/${name}`, { method: 'DELETE' })).status, 200);
    assert.deepEqual([await of.client().jobs(), of.isAnswering()], [[], false]);
    assert.deepEqual(
      new Set((await all(CONVERTING, of.converted)).map((body) => body?.['code'])),
      new Set(['cancelled']),
    );
    of.openAll();
    await of.end();
    assert.deepEqual(
      readdirSync(of.projects).filter((name) => !name.startsWith('.')),
      [],
    );
  });

  for (const [what, isKilled, strike] of [
    ['kill -9 of the server', true, (of) => of.restart('SIGKILL')],
    ['a stop of the server', false, (of) => of.restart('SIGTERM')],
    ['kill -9 of the process that forks', false, (of) => of.killParent()],
  ] as const satisfies readonly (readonly [string, boolean, (of: EveryState) => Promise<unknown>])[])
    it(`goes on after ${what}: its own model is in place and converted, and it begins and ends once`, async (t) => {
      if (process.platform !== 'linux') return t.skip('looks for the process in /proc');
      const of = await inEveryState({ isKilled });
      await strike(of);
      of.openAll();
      for (const { name } of STATES) {
        const states = (await of.isOver(name)).map(({ state }) => state);
        assert.deepEqual(new Set(states), new Set(['completed']), name);
        const [id, codes] = [of.idOf(name), of.codesOf(name, of.idOf(name))];
        const once = ['initial', 'train_end', 'instant_model'].map(
          (code) => codes.filter((one) => one === code).length,
        );
        assert.deepEqual(once, [1, 1, name === 'answered' ? 1 : 0], name);
        if (name !== 'answered') of.isOfTrained(name, id, ...(await of.jobsOf(name)).map((job) => job.id));
      }
      await of.end();
    });
});
