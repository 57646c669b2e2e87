import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { occupySlot, waitsWithAnswer } from '../helpers/waiting-training.ts';

// Several pupils convert their model so far at once.

const scratch = await tempDir();
const server = await startJobServer({ slots: 1 });
const gate = (name: string) => ({ path: join(scratch, name), open: () => writeFileSync(join(scratch, name), '') });
const convert = (project: string) => server.get(`/convert?project_id=${project}`);

interface Pupil {
  readonly name: string;
  readonly stop: ReturnType<typeof gate>;
  readonly args: string;
  readonly trainingArgs: string;
}

const exists = (file: string) => until(() => existsSync(file) || undefined, 20_000, file);

const stateOfConversion = async (project: string) =>
  (await server.jobs()).find(({ project_id, kind }) => project_id === project && kind === 'convert')?.state;

/** `--threads` of a child, of what it wrote down. */
function threadsOf(file: string): number {
  const args = JSON.parse(readFileSync(file, 'utf8')) as string[];
  return Number(args[args.indexOf('--threads') + 1]);
}

describe('conversions of models so far', () => {
  it('run two at a time, and while one runs another one has half of the processor', async () => {
    const release = await occupySlot(server);
    const [one, two, three] = ['one', 'two', 'three'].map((name) => ({
      name,
      stop: gate(name),
      args: join(scratch, `${name} args`),
      trainingArgs: join(scratch, `${name} training`),
    })) as [Pupil, Pupil, Pupil];
    const converted = [];
    for (const { name, stop, args, trainingArgs } of [one, two, three]) {
      const config = { convertUntil: stop.path, convertArgumentsFile: args, argumentsFile: trainingArgs };
      await waitsWithAnswer(server, name, config);
    }
    for (const { name, args } of [one, two]) {
      converted.push(convert(name));
      await exists(args);
    }
    converted.push(convert('three'));
    await until(async () => (await stateOfConversion('three')) === 'waiting' || undefined, 20_000, 'the third');
    one.stop.open();
    await exists(three.args);
    await release();
    await exists(one.trainingArgs);
    for (const { stop } of [two, three]) stop.open();
    const answers = await Promise.all(converted);
    assert.deepEqual(
      answers.map(({ body }) => body['result']),
      ['OK', 'OK', 'OK'],
    );
    const cores = availableParallelism();
    const half = Math.max(1, Math.floor(cores / 2));
    assert.deepEqual(
      [one, two, three].map(({ args }) => threadsOf(args)),
      [cores, half, half],
    );
    assert.equal(threadsOf(one.trainingArgs), cores, 'a training is not one of them');
    for (const { name } of [one, two, three]) await server.jobIn(name, 'completed');
  });
});
