import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createEventBus } from '../../src/events/bus.ts';
import { loadCatalogue } from '../../src/messages/catalogue.ts';
import { readLog } from '../../src/events/log/read-log.ts';
import { replay, timeOfSeq } from '../../src/events/log/replay.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const dir = await tempDir();

describe('replay', () => {
  it('joins the logs of several jobs in the order in which things happened', async () => {
    const lines = (job: number) =>
      Array.from(
        { length: 3000 },
        (_, n) => `{"seq":${n + 1},"time":${n * 10 + job},"event":"e","job":${job},"text":"${'x'.repeat(150)}"}`,
      );
    const logs = [1, 2, 3].map((job) => {
      const path = join(dir, `job-${job}.jsonl`);
      writeFileSync(path, `${lines(job).join('\n')}\n`);
      return {
        owner: { jobId: `j${job}`, workspace: '', projectId: 'p', addresses: new Set<string>() },
        path,
        firstTime: 0,
        lastTime: 29_990 + job,
      };
    });
    const times: number[] = [];
    for await (const { events } of replay(logs, { after: 101, until: 20_002 }))
      times.push(...events.map(({ time }) => time));
    const expected = [1, 2, 3]
      .flatMap((job) => Array.from({ length: 3000 }, (_, n) => n * 10 + job))
      .filter((time) => time > 101 && time <= 20_002);
    assert.deepEqual(
      times,
      expected.sort((a, b) => a - b),
    );
    const [log] = logs;
    assert.ok(log);
    assert.equal(await timeOfSeq(log, 5), 41);
    assert.ok((await timeOfSeq(log, 0)) < 1);
    assert.equal(await timeOfSeq(log, 99_999), 29_991);
  });

  it('reads nothing more for a reader that has left', async () => {
    const path = join(dir, 'left.jsonl');
    writeFileSync(
      path,
      Array.from(
        { length: 5000 },
        (_, n) => `{"seq":${n + 1},"time":${n + 1},"event":"e","text":"${'x'.repeat(150)}"}\n`,
      ).join(''),
    );
    const gone = new AbortController();
    const pieces: number[] = [];
    for await (const events of readLog(path, gone.signal)) {
      pieces.push(events.length);
      gone.abort();
    }
    assert.equal(pieces.length, 1);
    assert.equal(await timeOfSeq({ path }, 99_999, gone.signal), 0);
    const bus = createEventBus({ catalogue: loadCatalogue() });
    bus.register({ jobId: 'j', workspace: '', projectId: 'p', addresses: new Set() }, path, { finished: true });
    assert.deepEqual(
      [
        await bus.isExhausted('j', 'j:2500', new AbortController().signal),
        await bus.isExhausted('j', 'j:2500', gone.signal),
      ],
      [false, true],
      'nobody gets the second answer',
    );
  });

  it('reads a log when its time has come: of hundreds one after the other only a few are begun', async () => {
    let [reading, most] = [0, 0];
    // job n has its events in the seconds n to n + 2
    const logs = Array.from({ length: 400 }, (_, n) => ({
      owner: { jobId: `j${n}`, workspace: '', projectId: 'p', addresses: new Set<string>() },
      path: String(n),
      firstTime: n,
      lastTime: n + 2,
    }));
    async function* read(path: string) {
      reading += 1;
      most = Math.max(most, reading);
      for (const second of [0.1, 1, 2]) yield [{ seq: 1, time: Number(path) + second, event: 'e' }];
      reading -= 1;
    }
    const times: number[] = [];
    for await (const { events } of replay(logs.toReversed(), { after: 0, until: 1000 }, read))
      times.push(...events.map(({ time }) => time));
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(times.length, 1200);
    assert.ok(most <= 4, `${most} logs were begun at once`);
  });
});
