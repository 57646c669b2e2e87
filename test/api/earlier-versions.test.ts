import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listTree } from '../../src/files/list-tree.ts';
import { type JobServer, startJobServer } from '../helpers/job-server.ts';
import { sampleClient } from '../helpers/sample-client.ts';
import { setUp } from '../helpers/set-up.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Projects as earlier versions wrote them (test/fixtures/write-projects.ts), a folder for each version.

const folder = fileURLToPath(new URL('../fixtures/projects', import.meta.url));
const THAI = 'โปรเจค KidBright_Tni3SSC';

interface Model {
  readonly job_id: string;
  readonly current: boolean;
  readonly restorable: boolean;
}

for (const version of readdirSync(folder).sort())
  describe(`projects of version ${version}`, () => {
    let projectsDir: string;
    let server: JobServer;
    let samplesOf: ReturnType<typeof sampleClient>['samplesOf'];
    setUp(async () => {
      projectsDir = await tempDir();
      cpSync(join(folder, version), projectsDir, { recursive: true });
      server = await startJobServer({ projectsDir });
      ({ samplesOf } = sampleClient(server.base));
    });
    const output = (name: string) => readFile(join(projectsDir, 'cats', 'output', name), 'utf8');

    it('are listed with their names and labels, and nothing of them is damaged', async () => {
      const { projects } = (await server.get('/projects')).body as { projects: { id: string; labels: string[] }[] };
      const labels = Object.fromEntries(projects.map((project) => [project.id, project.labels]));
      assert.deepEqual(Object.keys(labels).sort(), ['boxes', 'cats', 'failed', 'stopped', THAI].sort());
      assert.deepEqual(labels[THAI], ['CON', 'แมว']);
      const { files, folders } = await listTree(projectsDir);
      assert.deepEqual(
        [...files, ...folders].filter((name) => name.includes('.damaged')),
        [],
      );
    });

    it('have their photos, also under names that a file system does not take', async () => {
      assert.equal((await samplesOf(THAI)).total, 2);
      assert.equal((await samplesOf('boxes')).total, 1);
      const { samples } = await samplesOf('cats');
      assert.deepEqual(
        samples.map(({ file, edit }) => [file, edit?.action ?? null]),
        [
          ['dataset/Cat/0.jpg', null],
          ['dataset/Cat/1.jpg', null],
          ['dataset/Dog/0.jpg', null],
          ['dataset/Dog/1.jpg', 'leave_out'],
        ],
      );
    });

    it('belong to whom they belonged', async () => {
      const { projects } = (await server.get('/class')).body as { projects: { id: string; names: string[] }[] };
      assert.deepEqual(projects.find(({ id }) => id === 'cats')?.names, ['ดาว']);
    });

    it('have their models, and the way back to the one before', async () => {
      const { models } = (await server.get('/projects/cats/models')).body as unknown as { models: Model[] };
      assert.deepEqual(
        models.map(({ current, restorable }) => [current, restorable]),
        [
          [true, false],
          [false, true],
        ],
      );
      assert.match(await output('model.pth'), /of second$/);
      assert.equal((await server.post(`/projects/cats/models/${models[1]?.job_id}/restore`, {})).status, 200);
      assert.match(await output('model.pth'), /of first$/);
      assert.equal((await server.get('/convert?project_id=cats')).body['result'], 'OK');
    });

    it('have their jobs: why one failed, and one that goes on to its end', async () => {
      const failed = (await server.jobs()).find(({ project_id: id }) => id === 'failed');
      assert.deepEqual([failed?.state, typeof failed?.reason], ['failed', 'string']);
      const { id } = await server.jobIn('stopped', 'completed');
      const log = join(projectsDir, 'stopped', 'jobs', id, 'events.jsonl');
      const events = (await readFile(log, 'utf8')).trim().split('\n');
      const epochs = events.map((line) => JSON.parse(line) as { event: string; epoch?: number });
      assert.deepEqual(
        epochs.filter(({ event }) => event === 'epoch_end').map(({ epoch }) => epoch),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
    });

    it('can be uploaded again and trained', async () => {
      await server.train('cats', { epochs: 1, mark: 'third' });
      await until(async () => (await output('model.pth').catch(() => '')).endsWith('of third'));
    });
  });
