import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeSampleProject } from '../../tools/demo/sample-project.ts';
import { startRealServer, type RealServer } from '../helpers/real-server.ts';
import { smallDisk } from '../helpers/small-disk.ts';

const MB = 1_048_576;
const SETTINGS = { modelType: 'mobilenet-10', epochs: 2 };

test('a disk that fills up during a real training and a real conversion', async (t) => {
  const disk = await smallDisk(60 * MB);
  if (disk === undefined) return t.skip('this user may not mount a small disk');
  const server = await startRealServer(disk);
  t.after(() => server.end('SIGTERM'));
  const { zip } = await makeSampleProject('p', 6, 2);
  const output = join(disk, 'p', 'output');
  await server.press('p', zip, SETTINGS);
  await server.jobOf('p', 'completed');
  const old = contents(output);

  for (const left of [24_000, 300_000, 1_500_000]) {
    await t.test(`training with ${left} bytes left`, async () => {
      const full = fill(disk, left);
      const { body } = await server.post('/train', { project: 'p', train_config: SETTINGS });
      if (body['result'] === 'OK') {
        const job = await server.jobOf('p', 'failed');
        assert.equal(job.code, 'disk_full', job.reason);
        assert.match(job.reason ?? '', /disk of the server is full.*ask your teacher to make room/);
      } else {
        assert.equal(body['code'], 'disk_full', JSON.stringify(body));
      }
      full.empty();
      await stays(server, output, old, 3);
    });
  }

  // More and more room, so that another stage is the one that finds none, until there is enough.
  const failed: string[] = [];
  for (const left of [24_000, 150_000, 300_000, 500_000, 750_000, 1_000_000, 1_500_000, 2_500_000]) {
    const full = fill(disk, left);
    const { status, body } = await server.get('/convert?project_id=p');
    full.empty();
    assert.equal(status, 200);
    if (body['result'] === 'OK') break;
    assert.equal(body['code'], 'disk_full', `${left} bytes left: ${JSON.stringify(body)}`);
    failed.push(`${left}: ${String(body['reason'])}`);
    await stays(server, output, old, 3);
  }
  assert.ok(failed.length >= 2, failed.join());
  console.log(JSON.stringify({ name: 'disk', conversions_refused: failed }));

  await t.test('with room again, both go through', async () => {
    assert.equal((await server.post('/train', { project: 'p', train_config: SETTINGS })).body['result'], 'OK');
    await server.jobOf('p', 'completed');
    assert.deepEqual((await server.get('/convert?project_id=p')).body, { result: 'OK' });
    assert.ok(readdirSync(output).includes('model_int8.bin'));
  });
});

/** Take all of the disk but `left` bytes. */
function fill(disk: string, left: number): { empty(): void } {
  const file = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  return { empty: () => rmSync(file) };
}

async function stays(server: RealServer, output: string, before: object, stage: number): Promise<void> {
  assert.deepEqual(contents(output), before, 'the old model stays as it was');
  assert.equal((await server.get('/ping')).body['stage'], stage);
}

function contents(folder: string): object {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );
}
