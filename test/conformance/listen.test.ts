import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startCluster } from '../helpers/backends.ts';
import { readFlood } from '../helpers/flood-reader.ts';
import { jobLog } from '../helpers/job-log.ts';
import { noRedis } from '../helpers/redis.ts';
import { until } from '../helpers/until.ts';

// The short form of test/cluster/listen.cluster.ts.

describe('thousands of events of a worker', { skip: noRedis }, () => {
  it('reach the readers of both web servers, each once and in order', async () => {
    const { bases, client, projects } = await startCluster();
    const flood = { script: 'flood', count: 3_000, epochs: 1 };
    await client().upload('flood', flood);
    const readers = await Promise.all(bases.map((base) => readFlood(`${base}/listen`)));
    const { body } = await client().post('/train', { project: 'flood', train_config: flood });
    await until(() => readers.every(({ ends }) => ends === 1), 60_000, 'the end of the training');
    const id = String(body['job_id']);
    const logged = jobLog(projects, 'flood', id).map(({ seq }) => seq);
    assert.ok(logged.length > 3_000);
    for (const { ids, close } of readers) {
      close();
      assert.deepEqual(ids.get(id), logged);
    }
  });
});
