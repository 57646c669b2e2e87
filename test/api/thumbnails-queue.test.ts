import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { it } from 'node:test';
import { sampleIdOf } from '../../src/samples/sample.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** Makes no picture until the file `go` lies beside it. */
const PAINTER = `
import json, pathlib, sys, time
go = pathlib.Path(__file__).with_name("go")
for line in sys.stdin:
    asked = json.loads(line)
    while not go.exists():
        time.sleep(0.01)
    pathlib.Path(asked["target"]).write_text("picture")
    print(json.dumps({"id": asked["id"], "result": {}}), flush=True)
`;

it('small pictures that one address waits for keep no other from its own', async () => {
  const pythonDir = await tempDir();
  await writeFile(join(pythonDir, 'thumbnails.py'), PAINTER);
  const { base, upload } = await startJobServer({ ...FIXTURE_CHILD, pythonDir });
  assert.equal((await upload('p', {}, { labels: ['Cat'], filesPerLabel: 450 })).status, 200);
  const statuses: number[] = [];
  const ask = (number: number, localAddress: string) =>
    new Promise<number>((resolve, reject) => {
      const url = `${base}/projects/p/samples/${sampleIdOf(`dataset/Cat/${number}.jpg`)}/thumbnail`;
      request(url, { agent: false, localAddress }, (response) => {
        statuses.push(response.statusCode ?? 0);
        response.resume().once('close', () => resolve(response.statusCode ?? 0));
      })
        .once('error', reject)
        .end();
    });
  const greedy = Array.from({ length: 440 }, (_, number) => ask(number, '127.0.0.2'));
  await until(() => statuses.filter((status) => status === 429).length >= 30, 60_000, 'refusals');
  const other = ask(449, '127.0.0.3');
  await writeFile(join(pythonDir, 'go'), '');
  assert.equal(await other, 200);
  const count = (status: number) => statuses.filter((one) => one === status).length;
  await Promise.all(greedy);
  assert.deepEqual([count(200) + count(429), count(429) >= 30], [441, true]);
});
