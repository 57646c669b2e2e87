import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Redis } from 'ioredis';
import { startBackends } from '../helpers/backends.ts';
import { openStream } from '../helpers/event-stream.ts';
import { jobLog } from '../helpers/job-log.ts';
import { occupy } from '../helpers/occupy.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// First answers for trainings that wait (src/jobs/first-answers), for one process and for a cluster, with a process that
// only speaks the protocol.

const systems = await startBackends({ times: { takeMs: 100 } });

// Side by side, as neither knows of the other.
describe('first answers', { concurrency: true }, () => {
  for (const { name, skip, system } of systems)
    describe(`first answers: ${name}`, { skip, concurrency: false }, () => {
      const at = (address: string) => system.client(address);
      const scratch = tempDir();
      const path = async (file: string) => join(await scratch, file);
      /** Of one that is just accepted there is no log yet. */
      const eventsOf = (project: string, jobId: string) =>
        existsSync(join(system.projects, project, 'jobs', jobId, 'events.jsonl'))
          ? jobLog(system.projects, project, jobId).map(({ event }) => event)
          : [];

      const asked = async (): Promise<{ project: string; pid: string }[]> => {
        const log = await path('asked');
        const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
        return lines.map((line) => ({ project: line.split(' ')[0] ?? '', pid: line.split(' ')[1] ?? '' }));
      };
      const timesAsked = async (project: string) => (await asked()).filter((one) => one.project === project).length;
      const isAsked = (project: string) =>
        until(async () => (await timesAsked(project)) > 0, 60_000, `the question about ${project}`);

      /** They wait, in Redis too. */
      const areQueued = async (...ids: string[]) => {
        const client = system.redis && new Redis(system.redis.url);
        const isThere = async (id: string) =>
          (await at('127.0.0.2').get(`/jobs/${id}`)).body['place'] !== undefined &&
          (client === undefined || (await client.exists(`mai:jobs:${id}`)) === 1);
        for (const id of ids) await until(() => isThere(id), 60_000, 'its place');
        client?.disconnect();
      };

      const hasAnswer = (project: string, jobId: string) =>
        until(() => eventsOf(project, jobId).includes('instant_model'), 60_000, `an answer for ${project}`);

      const waits = async (project: string, config: object, from = '127.0.0.2') => {
        const firstAnswerLog = await path('asked');
        const { body } = await at(from).train(project, { epochs: 1, firstAnswerLog, ...config });
        return String(body['job_id']);
      };

      it('come before the turn, in the order of the queue, by one process, and are not made again', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const [gate, argumentsFile] = [await path('gate'), await path('arguments')];
        const first = await waits('a1', { firstAnswer: 'give', firstAnswerUntil: gate, argumentsFile });
        await isAsked('a1');
        const last = await waits('a2', { firstAnswer: 'give' });
        const firstAnswerNext = await path('next');
        const other = await waits('b1', { firstAnswer: 'give', firstAnswerNext }, '127.0.0.3');
        await areQueued(last, other);
        writeFileSync(gate, '');
        for (const [project, id] of [
          ['a1', first],
          ['b1', other],
          ['a2', last],
        ] as const)
          await hasAnswer(project, id);
        const all = await asked();
        assert.deepEqual(
          all.map(({ project }) => project),
          ['a1', 'b1', 'a2'],
          'clients take turns',
        );
        assert.equal(new Set(all.map(({ pid }) => pid)).size, 1, 'by one process');
        assert.equal(readFileSync(firstAnswerNext, 'utf8'), last, 'which reads the next one ahead');
        await release();
        await at('127.0.0.2').jobIn('a1', 'completed');
        assert.equal(eventsOf('a1', first).filter((event) => event === 'instant_model').length, 1);
        assert.ok((JSON.parse(readFileSync(argumentsFile, 'utf8')) as string[]).includes('--answered'));
        await at('127.0.0.2').jobIn('a2', 'completed');
      });

      it('are not made where a slot is free', async () => {
        // A worker may hear a moment later than others that its slot is free.
        for (let n = 1; n <= 5; n += 1) {
          const argumentsFile = await path(`own arguments ${n}`);
          await waits(`alone${n}`, { firstAnswer: 'give', argumentsFile });
          await at('127.0.0.2').jobIn(`alone${n}`, 'completed');
          const isAnswered = (JSON.parse(readFileSync(argumentsFile, 'utf8')) as string[]).includes('--answered');
          assert.equal(await timesAsked(`alone${n}`), isAnswered ? 1 : 0);
          if (!isAnswered) return;
        }
        assert.fail('the training never answered by itself');
      });

      it('end a training at once whose project cannot be trained, with the reason', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        await waits('refused', { firstAnswer: 'refuse' });
        const job = await at('127.0.0.2').jobIn('refused', 'failed');
        assert.deepEqual([job.code, job.started_at], ['too_few_labels', undefined]);
        await release();
      });

      it('are tried once more where the process died, by another one', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const diedOnce = await path('died');
        await hasAnswer('unlucky', await waits('unlucky', { firstAnswer: 'die once', diedOnce }));
        assert.equal(await timesAsked('unlucky'), 2);
        await release();
        await at('127.0.0.2').jobIn('unlucky', 'completed');
      });

      it('are left to the training where the process dies again, and the others are not kept waiting', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        await waits('deadly', { firstAnswer: 'die' });
        await isAsked('deadly');
        await hasAnswer('after', await waits('after', { firstAnswer: 'give' }, '127.0.0.3'));
        await until(async () => (await timesAsked('deadly')) === 2, 60_000, 'a second try');
        await hasAnswer('later', await waits('later', { firstAnswer: 'give' }, '127.0.0.3'));
        assert.equal(await timesAsked('deadly'), 2);
        await release();
        await at('127.0.0.2').jobIn('deadly', 'completed');
      });

      it('are asked for once where the process says that it cannot, whoever comes after it', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        await waits('unable', {});
        await isAsked('unable');
        for (const project of ['after1', 'after2'])
          await hasAnswer(project, await waits(project, { firstAnswer: 'give' }, '127.0.0.3'));
        assert.equal(await timesAsked('unable'), 1);
        await release();
        await at('127.0.0.2').jobIn('unable', 'completed');
      });

      it('can be cancelled while they are made, which costs the others nothing', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        await waits('left', { firstAnswer: 'give', firstAnswerUntil: await path('never') });
        const behind = await waits('behind', { firstAnswer: 'give' }, '127.0.0.3');
        await isAsked('left');
        assert.equal((await at('127.0.0.2').get('/terminate?project_id=left')).body['result'], 'OK');
        const left = await at('127.0.0.2').jobIn('left', 'cancelled');
        assert.deepEqual([left.code, left.started_at], ['cancelled', undefined]);
        await hasAnswer('behind', behind);
        await release();
        await at('127.0.0.2').jobIn('behind', 'completed');
      });

      it('end with their project when that is deleted while they are made, and no file comes back', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const gate = await path('gate of deleted');
        await waits('deleted', { firstAnswer: 'give', firstAnswerUntil: gate });
        await isAsked('deleted');
        const { pid } = (await asked()).find(({ project }) => project === 'deleted') ?? assert.fail();
        assert.equal((await fetch(`${system.bases[1]}/projects/deleted`, { method: 'DELETE' })).status, 200);
        assert.deepEqual([existsSync(join(system.projects, 'deleted')), existsSync(`/proc/${pid}`)], [false, false]);
        await release();
      });

      it('are made for the newer training where Train is pressed again meanwhile, at the same place', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const old = await waits('twice', { firstAnswer: 'give', firstAnswerUntil: await path('never') });
        await isAsked('twice');
        const { body } = await at('127.0.0.2').train('twice', { epochs: 1, firstAnswer: 'give' });
        await hasAnswer('twice', String(body['job_id']));
        const replaced = (await at('127.0.0.2').jobs()).find(({ id }) => id === old);
        assert.deepEqual([replaced?.state, replaced?.code], ['cancelled', 'superseded']);
        await release();
        assert.equal((await at('127.0.0.2').jobIn('twice', 'completed')).id, body['job_id']);
      });

      it('keep their training from beginning while they are made, and no other', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const gate = await path('gate2');
        const id = await waits('held', { firstAnswer: 'give', firstAnswerUntil: gate });
        await isAsked('held');
        await release();
        await at('127.0.0.3').train('next', { epochs: 1 });
        await at('127.0.0.3').jobIn('next', 'completed');
        assert.equal((await at('127.0.0.3').get(`/jobs/${id}`)).body['state'], 'waiting');
        writeFileSync(gate, '');
        await at('127.0.0.3').jobIn('held', 'completed');
      });

      it('reach the streams of every server, and their models lie where each looks for the answer of a photo', async () => {
        const release = await occupy(at('127.0.0.9'), 'busy');
        const streams = await Promise.all(
          system.bases.map((base) => openStream(`${base}/listen?project_id=seen`, { from: '127.0.0.2' })),
        );
        const id = await waits('seen', { firstAnswer: 'give' });
        for (const stream of streams) await stream.waitFor('instant_model', 60_000);
        for (const stream of streams) stream.close();
        const instant = join(system.projects, 'seen', 'jobs', id, 'instant', 'model.pth');
        assert.equal(readFileSync(instant, 'utf8'), 'instant model of seen');
        await release();
        await at('127.0.0.2').jobIn('seen', 'completed');
      });
    });
});
