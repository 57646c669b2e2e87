import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { startJobServer, type JobServer } from './job-server.ts';
import { pageFolder } from './page-folder.ts';
import { REPORT, SAME_REPORT, SAMPLES } from './page-model.ts';
import { pagePython } from './page-python.ts';
import { putOutput } from './put-output.ts';
import { until } from './until.ts';

// A class as a teacher meets it: somebody is ready, somebody failed, one trains, others wait. The children are
// fixtures, the photos and the server are real.

/** What pupils call their projects: the page shows it, and nothing more. */
export const HOSTILE_NAME = '<img src=x onerror="document.title=\'broken\'">';

/** With the page, and one project in each state. */
export async function startClass(nameOfFailed = HOSTILE_NAME): Promise<JobServer> {
  const server = await startJobServer({ pageDir: await pageFolder(), ...(await pagePython()) });
  await addReadyProject(server);
  await server.upload('same', {}, { name: 'แมวกับหมา', filesPerLabel: 12 });
  await finish(server, 'same', {});
  await putOutput(server, 'same', 'report.json', SAME_REPORT);
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

/** Photos of shapes with a model that is ready for the board, and two mistakes. */
export async function addReadyProject(server: JobServer): Promise<void> {
  const { zip } = await makeSampleProject('ready', 8, 2);
  await server.uploadZip('ready', zip);
  await finish(server, 'ready', { epochs: 5 });
  await server.post('/convert', { project_id: 'ready' });
  await putOutput(server, 'ready', 'samples.json', SAMPLES);
  await putOutput(server, 'ready', 'report.json', REPORT);
}

async function finish(server: JobServer, id: string, trainConfig: object): Promise<void> {
  await server.post('/train', { project: id, train_config: trainConfig });
  await server.jobIn(id, 'completed');
}
