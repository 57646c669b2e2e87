import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

const server = await startJobServer({ slots: 1 }, { tuning: { keptJobs: 2, keptModels: 0 } });
const folderOf = (project: string) => join(server.config.projectsDir, project);

describe('photos and settings', () => {
  it('of a job are those it was started with, and a conversion uses those of its training', async () => {
    await server.upload('photos', { mark: 'old' }, { labels: ['Old'] });
    await server.post('/train', { project: 'photos', train_config: { epochs: 20, epochMs: 100 } });
    const job = await server.jobIn('photos', 'active');
    await server.upload('photos', { mark: 'new' }, { labels: ['New'] });
    const input = join(folderOf('photos'), 'jobs', job.id, 'input');
    assert.deepEqual(readdirSync(join(input, 'dataset')), ['Old']);
    await server.jobIn('photos', 'completed');
    assert.deepEqual((await server.get('/convert?project_id=photos')).body, { result: 'OK' });
    const output = join(folderOf('photos'), 'output');
    assert.match(readFileSync(join(output, 'model_int8.bin'), 'utf8'), /of old/);
    assert.equal((JSON.parse(readFileSync(join(output, 'origin.json'), 'utf8')) as { jobId: string }).jobId, job.id);
    assert.ok(existsSync(input), 'kept for the next conversion');

    await server.train('photos', { epochs: 1, mark: 'newest' });
    await server.jobIn('photos', 'completed');
    await until(() => !existsSync(input), 60_000, 'the end of photos that nobody needs any more');
  });

  it('of old jobs go, their newest logs stay', async () => {
    for (let round = 0; round < 4; round += 1) {
      await server.train('tidy', { epochs: 1, mark: `round ${round}` });
      await server.jobIn('tidy', 'completed');
    }
    const jobs = join(folderOf('tidy'), 'jobs');
    await until(() => readdirSync(jobs).length === 2, 60_000, 'two jobs');
    const [, newest] = readdirSync(jobs).sort();
    assert.deepEqual(readdirSync(join(jobs, newest ?? '')).sort(), ['events.jsonl', 'input', 'job.json', 'stderr.log']);
    assert.equal((await server.jobs()).filter((job) => job.project_id === 'tidy').length, 2);
  });
});
