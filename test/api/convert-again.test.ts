import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { occupySlot, waitsWithAnswer } from '../helpers/waiting-training.ts';

// Conversions that are asked for or go on when the training puts its own model in place.

const scratch = await tempDir();
const server = await startJobServer({ slots: 1 });
const model = (project: string) =>
  readFileSync(join(server.config.projectsDir, project, 'output', 'model.pth'), 'utf8');
const stateOf = async (project: string, kind: string) =>
  (await server.jobs()).find((job) => job.project_id === project && job.kind === kind)?.state;
const inState = (project: string, kind: string, state: string) =>
  until(async () => (await stateOf(project, kind)) === state, 20_000, `the ${kind} of ${project} to be ${state}`);

describe('a conversion of the model so far', () => {
  it('that still waits when the training is done converts the trained model; the stage is 4', async () => {
    const gate = join(scratch, 'first');
    const release = await occupySlot(server);
    await waitsWithAnswer(server, 'waits', { mark: 'trained' });
    const before = [];
    for (const project of ['before', 'beside']) {
      await waitsWithAnswer(server, project, { convertUntil: gate });
      before.push(server.get(`/convert?project_id=${project}`));
      await inState(project, 'convert', 'active');
    }
    const converted = server.get('/convert?project_id=waits');
    await inState('waits', 'convert', 'waiting');
    await release();
    await inState('waits', 'train', 'completed');
    assert.equal(await stateOf('waits', 'convert'), 'waiting');
    assert.equal((await server.get('/projects/waits')).body['stage'], 4);
    writeFileSync(gate, '');
    const answers = await Promise.all([...before, converted]);
    assert.deepEqual(
      answers.map(({ body }) => body['result']),
      ['OK', 'OK', 'OK'],
    );
    assert.match(model('waits'), /trained/);
    for (const project of ['before', 'beside']) await inState(project, 'train', 'completed');
  });

  it('does not begin while the training converts its own, and who joins it is notified of its end', async () => {
    const gate = join(scratch, 'again');
    writeFileSync(gate, '');
    const release = await occupySlot(server);
    await waitsWithAnswer(server, 'own', { mark: 'trained', convertUntil: gate });
    assert.equal((await server.get('/convert?project_id=own')).body['result'], 'OK');
    rmSync(gate);
    await release();
    await until(() => existsSync(`${gate}.waiting`), 60_000, 'the conversion of the trained model');
    const converted = server.get('/convert?project_id=own');
    await inState('own', 'convert', 'waiting');
    const joined = await openStream(`${server.base}/listen`, { from: '127.0.0.7' });
    const alsoConverted = server.from('127.0.0.7').get('/convert?project_id=own');
    // Another project's turn does not let it begin either.
    await server.from('127.0.0.8').train('other', { epochs: 1 });
    assert.deepEqual([await stateOf('own', 'train'), await stateOf('own', 'convert')], ['active', 'waiting']);
    writeFileSync(gate, '');
    assert.deepEqual([(await converted).body['result'], (await alsoConverted).body['result']], ['OK', 'OK']);
    await joined.waitFor('convert_model_end', 20_000);
    joined.close();
    assert.match(model('own'), /trained/);
  });
});
