import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { type GiveOptions, giveFirstAnswers } from '../../src/jobs/first-answers/give.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { projectPaths } from '../../src/projects/paths.ts';
import { job } from '../helpers/job.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { testConfig } from '../helpers/test-config.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { until } from '../helpers/until.ts';

it('a first answer is in the log before the record says so: after a kill nobody would send it again', async () => {
  const projectsDir = await tempDir();
  const paths = projectPaths(projectsDir, '', 'p');
  const { input } = paths.jobPaths('j1');
  mkdirSync(input, { recursive: true });
  writeFileSync(join(input, 'project.json'), JSON.stringify({ id: 'p', trainConfig: { firstAnswer: 'give' } }));
  const did: string[] = [];
  const left = [job('j1')];
  const lane = giveFirstAnswers(
    {
      config: await testConfig({ ...FIXTURE_CHILD, projectsDir }),
      environment: process.env,
      store: { paths: () => paths },
      registry: {
        get: () => job('j1'),
        save: async ({ answered }: Job) => void did.push(`saved: answered ${answered}`),
        log: () => ({
          append: ({ event }: { event: string }) => did.push(event),
          flush: () => did.push('written'),
        }),
      },
      slotOfAnswers: { index: 0, device: 'cpu', threads: 1 },
      tuning: { firstAnswerMinFreeBytes: 0, firstAnswerIdleMs: 60_000, silenceMs: 60_000 },
      log: { warn: () => undefined },
      idsOf: () => ({}),
    } as unknown as GiveOptions,
    {
      next: () => left[0],
      following: () => undefined,
      hold: () => true,
      letGo: () => void left.splice(0),
      onLost: () => undefined,
    },
  );
  lane.wake();
  await until(() => left.length === 0, 60_000, 'the answer');
  await lane.close();
  assert.deepEqual(did, ['dataset_loading', 'instant_model', 'written', 'saved: answered true']);
});
