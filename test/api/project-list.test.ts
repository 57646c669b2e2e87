import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';

it('the list of projects has the usual ones whole, and of huge ones what there is room for', async () => {
  const server = await startJobServer();
  const labels = Array.from({ length: 1000 }, (_, number) => `${number} ${'ก'.repeat(190)}`);
  await server.upload('usual', { epochs: 7 });
  assert.equal(
    (await server.upload('huge', { notes: 'x'.repeat(1_000_000) }, { labels, filesPerLabel: 0 })).status,
    200,
  );
  const { projects } = (await server.get('/projects')).body as {
    projects: { id: string; labels: string[]; train_config: Record<string, unknown> }[];
  };
  const [huge, usual] = projects;
  assert.deepEqual(usual, (await server.get('/projects/usual')).body);
  assert.deepEqual([usual?.train_config['epochs'], usual?.labels], [7, ['Cat', 'Dog']]);
  const whole = (await server.get('/projects/huge')).body as { labels: string[]; train_config: { notes: string } };
  assert.deepEqual([whole.labels.length, whole.train_config.notes.length], [1000, 1_000_000]);
  assert.deepEqual(huge, { ...whole, labels: whole.labels.slice(0, 20), train_config: {} });
});
