import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { startJobServer, type JobServer } from './job-server.ts';
import { pageFolder } from './page-folder.ts';
import { pagePython } from './page-python.ts';
import { until } from './until.ts';

// A class as a teacher meets it: somebody is ready, somebody failed, one trains, others wait. The children are
// fixtures, the photos and the server are real.

/** What pupils call their projects: the page shows it, and nothing more. */
export const HOSTILE_NAME = '<img src=x onerror="document.title=\'broken\'">';

const counted = { uneven: false, expect_least: 66, expect_most: 96 };
const LABELS = ['circle', 'square', 'triangle'];
const REPORT = {
  training: {
    model: 'resnet18',
    metric: 'val_accuracy',
    value: 86.7,
    labels: LABELS,
    right: 13,
    checked: 15,
    ...counted,
    confusion: [
      [5, 0, 0],
      [1, 4, 0],
      [0, 1, 4],
    ],
    curves: [1, 2, 3, 4, 5].map((epoch) => ({
      epoch,
      train_loss: 1 / epoch,
      val_loss: 1.2 / epoch,
      val_acc: 40 + 10 * epoch,
    })),
    instant: { suspects: [{ file: 'dataset/square/square-3.png', label: 'square', suggestion: 'circle' }] },
  },
  conversion: {
    labels: LABELS,
    agreement: 95.8,
    accuracy_float: 86.7,
    accuracy_board: 80,
    compared: { same: 23, compared: 24, expect_least: 79, expect_most: 100 },
    checked: { float: { right: 13, checked: 15, ...counted }, board: { right: 12, checked: 15, ...counted } },
    changed: [
      {
        file: 'dataset/triangle/triangle-7.png',
        label: 'triangle',
        float: { prediction: 'triangle', prob: 0.52 },
        board: { prediction: 'square', prob: 0.49 },
      },
    ],
    frame_rate: { frames_per_second: 16, at_least: 14, at_most: 18 },
    files: { 'model_int8.bin': 11_300_000, 'model_int8.param': 9_000 },
  },
};
const SAME = { model: 'resnet18', metric: 'val_accuracy', value: 50, labels: ['Cat', 'Dog'], right: 4, checked: 8 };

/** With the page, and one project in each state. */
export async function startClass(nameOfFailed = HOSTILE_NAME): Promise<JobServer> {
  const server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython()) });
  const { zip } = await makeSampleProject('ready', 8, 2);
  await server.uploadZip('ready', zip);
  await finish(server, 'ready', { epochs: 5 });
  await server.post('/convert', { project_id: 'ready' });
  await putReport(server, 'ready', REPORT);
  await server.upload('same', {}, { name: 'แมวกับหมา', filesPerLabel: 12 });
  await finish(server, 'same', {});
  await putReport(server, 'same', {
    training: {
      ...SAME,
      ...counted,
      confusion: [
        [4, 0],
        [4, 0],
      ],
      curves: [{ epoch: 1, train_loss: 1, val_acc: 50 }],
    },
  });
  await server.train('failed', { script: 'error' }, { name: nameOfFailed });
  await server.jobIn('failed', 'failed');
  await server.upload('fresh', {}, { name: 'Fruit', labels: ['Apple', 'Mango'], filesPerLabel: 24 });
  await server.upload('empty', {}, { name: 'ยังไม่มีรูป', filesPerLabel: 0 });
  await server.train(
    'runs',
    { epochs: 45, epochMs: 700, neverYields: true },
    { name: 'Hand signs', filesPerLabel: 20 },
  );
  await until(async () => (await server.jobs()).some(({ epoch = 0 }) => epoch >= 3), 30_000, 'a curve');
  for (const [index, name] of ['Waste sorting', 'นกในสวน'].entries())
    await server.from(`127.0.0.${index + 2}`).train(`waits${index}`, {}, { name, filesPerLabel: 15 });
  return server;
}

async function finish(server: JobServer, id: string, trainConfig: object): Promise<void> {
  await server.post('/train', { project: id, train_config: trainConfig });
  await server.jobIn(id, 'completed');
}

/** In the place of the fixture's, as a whole file. */
async function putReport({ config }: JobServer, id: string, report: object): Promise<void> {
  const output = join(config.projectsDir, id, 'output');
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'report.new'), JSON.stringify(report));
  await rename(join(output, 'report.new'), join(output, 'report.json'));
}
