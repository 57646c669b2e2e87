import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBackends, type System } from '../helpers/backends.ts';
import { epochsIn, jobLog } from '../helpers/job-log.ts';
import { type JobAnswer, jobClient } from '../helpers/job-server.ts';
import { LONG, occupy } from '../helpers/occupy.ts';
import { until } from '../helpers/until.ts';

// The rules of the queue (docs/queue.md), for one process and for a cluster.

// A training that is being answered for does not begin: that is another rule.
const NO_FIRST_ANSWERS = { firstAnswerMinFreeBytes: Number.MAX_SAFE_INTEGER };
const systems = await startBackends({ tuning: NO_FIRST_ANSWERS });

// Side by side, as neither knows of the other.
describe('the rules of the queue', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`the queue: ${name}`, { skip, concurrency: false }, () => {
      const at = (address: string) => system.client(address);

      /** Projects in the order in which their jobs started. */
      const startedOf = async (...projects: string[]): Promise<string[]> => {
        const done: JobAnswer[] = [];
        for (const project of projects) done.push(await at('127.0.0.1').jobIn(project, 'completed'));
        return done.sort((a, b) => (a.started_at ?? 0) - (b.started_at ?? 0)).map(({ project_id }) => project_id);
      };

      it('clients take turns, whoever has sent how many; a newer training keeps the place of the one it replaces', async () => {
        const free = await occupy(at('127.0.0.2'), 'first');
        for (const project of ['a1', 'a2', 'a3']) await at('127.0.0.3').train(project, { epochs: 1 });
        for (const project of ['b1', 'b2']) await at('127.0.0.4').train(project, { epochs: 1 });
        await at('127.0.0.3').train('a1', { epochs: 1 });
        await until(async () => (await placesOf(system)).length === 5, 60_000, 'five that wait');
        assert.deepEqual(await placesOf(system), ['a1', 'b1', 'a2', 'b2', 'a3']);
        await free();
        assert.deepEqual(await startedOf('a1', 'a2', 'a3', 'b1', 'b2'), ['a1', 'b1', 'a2', 'b2', 'a3']);
      });

      it('a class that presses Train at once: each is trained once, in the order of the rounds', async () => {
        const free = await occupy(at('127.0.0.2'), 'before-class');
        const pupils = Array.from({ length: 8 }, (_, n) => `pupil-${n}`);
        for (let n = 0; n < 3; n += 1) await at('127.0.2.99').train(`greedy-${n}`, { epochs: 1 });
        await Promise.all(pupils.map((pupil, n) => at(`127.0.2.${n + 1}`).train(pupil, { epochs: 1, mark: pupil })));
        await free();
        const order = await startedOf(...pupils, 'greedy-0', 'greedy-1', 'greedy-2');
        assert.deepEqual(order.slice(-2), ['greedy-1', 'greedy-2'], order.join(' '));
        assert.equal(new Set(order).size, 11);
        for (const pupil of pupils) {
          const { id } = await at('127.0.0.1').jobIn(pupil, 'completed');
          assert.deepEqual(epochsIn(jobLog(system.projects, pupil, id)), [1]);
        }
      });

      it('Train again ends the training that runs, and the two never run at once; another address is refused', async () => {
        await at('127.0.0.5').train('again', LONG);
        const old = await at('127.0.0.5').jobIn('again', 'active');
        const refused = await at('127.0.0.6').post('/train', { project: 'again', train_config: {} });
        assert.equal(refused.body['code'], 'project_training_elsewhere');
        const { body } = await at('127.0.0.5').train('again', { epochs: 1 });
        const newer = await at('127.0.0.5').jobIn('again', 'completed');
        assert.equal(newer.id, body['job_id']);
        const replaced = (await at('127.0.0.5').jobs()).find(({ id }) => id === old.id);
        assert.deepEqual([replaced?.state, replaced?.code], ['cancelled', 'superseded']);
        assert.ok((replaced?.finished_at ?? 0) <= (newer.started_at ?? 0));
      });

      it('the jobs of one project run one after the other', async () => {
        await at('127.0.0.7').train('one', { epochs: 1, convertMs: 300 });
        await at('127.0.0.7').jobIn('one', 'completed');
        const converting = at('127.0.0.7').get('/convert?project_id=one');
        await until(
          async () => (await at('127.0.0.1').jobs()).some((job) => job.project_id === 'one' && job.kind === 'convert'),
          60_000,
          'the conversion',
        );
        await at('127.0.0.7').post('/train', { project: 'one', train_config: { epochs: 1 } });
        assert.equal((await converting).body['result'], 'OK');
        const training = await at('127.0.0.7').jobIn('one', 'completed');
        const conversion = (await at('127.0.0.1').jobs()).find(
          (job) => job.project_id === 'one' && job.kind === 'convert',
        );
        assert.ok((conversion?.finished_at ?? Infinity) <= (training.started_at ?? 0));
      });

      it('a cancel ends what waits and what runs, through any server, and the project is usable at once', async () => {
        await at('127.0.0.8').train('runs', LONG);
        await at('127.0.0.8').jobIn('runs', 'active');
        await at('127.0.0.9').train('waits', { epochs: 1 });
        for (const project of ['waits', 'runs']) {
          assert.equal((await at('127.0.0.1').get(`/terminate?project_id=${project}`)).body['result'], 'OK');
          assert.equal((await at('127.0.0.1').jobIn(project, 'cancelled')).code, 'cancelled');
        }
        await at('127.0.0.9').train('waits', { epochs: 1 });
        assert.equal((await at('127.0.0.9').jobIn('waits', 'completed')).attempt, 1);
      });

      it('an upload to one server is that of its client at every one', async () => {
        await at('127.0.0.11').train('seen', { epochs: 1 });
        await at('127.0.0.11').jobIn('seen', 'completed');
        await jobClient(system.bases[0], '127.0.0.12').upload('seen');
        const stage = async (base: string) => (await jobClient(base, '127.0.0.12').get('/ping')).body['stage'];
        const stages = () => Promise.all(system.bases.map(stage));
        await until(async () => (await stages()).every((one) => one === 3), 30_000, 'its stage');
      });

      it('every server says on what jobs run, whichever process has them', async () => {
        for (const base of system.bases)
          await until(
            async () => (await jobClient(base).get('/ping')).body['device'] === 'CPU (fixture)',
            60_000,
            'what a child has said',
          );
      });

      it('a project that is deleted leaves no job, in any server', async () => {
        await at('127.0.0.10').train('deleted', LONG);
        await at('127.0.0.10').jobIn('deleted', 'active');
        const gone = await fetch(`${at('127.0.0.10').base}/projects/deleted`, { method: 'DELETE' });
        assert.ok(gone.ok);
        for (const base of system.bases)
          await until(
            async () => !JSON.stringify(await (await fetch(`${base}/jobs`)).json()).includes('"deleted"'),
            60_000,
            'a list without it',
          );
      });
    });
});

/** What waits, next first. */
async function placesOf(system: System): Promise<string[]> {
  const waiting = (await system.client().jobs()).filter(({ place }) => place !== undefined);
  return waiting.sort((a, b) => (a.place ?? 0) - (b.place ?? 0)).map(({ project_id }) => project_id);
}
