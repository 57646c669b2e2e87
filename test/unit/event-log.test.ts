import assert from 'node:assert/strict';
import fs, { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createEventClock } from '../../src/events/log/clock.ts';
import { openEventLog } from '../../src/events/log/event-log.ts';
import { readLog } from '../../src/events/log/read-log.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const dir = await tempDir();
const all = async (path: string) => {
  const events = [];
  for await (const batch of readLog(path)) events.push(...batch);
  return events;
};

describe('a log', () => {
  it('numbers events and goes on after a restart', async () => {
    const path = join(dir, 'restart.jsonl');
    const first = openEventLog(path, createEventClock());
    first.append([{ event: 'a', time: 1, seq: 99 }, { event: 'b' }]);
    first.close();
    const second = openEventLog(
      path,
      createEventClock(() => 5),
    );
    const [c] = second.append([{ event: 'c' }]);
    assert.equal(c?.seq, 3);
    const events = await all(path);
    assert.deepEqual(
      events.map(({ seq, event }) => [seq, event]),
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    );
    assert.ok(
      events.every(({ time }, index) => index === 0 || time > (events[index - 1]?.time ?? 0)),
      'also where the clock was set back',
    );
    assert.match(readFileSync(path, 'utf8'), /^\{"seq":1,"time":[\d.]+,"event":"a"\}\n/);
  });

  it('drops a torn last line, wherever it was torn', async () => {
    const whole = '{"seq":1,"time":1.5,"event":"a"}\n';
    const torn = '{"seq":2,"time":2.5,"event":"b","text":"สวัสดี"}\n';
    const path = join(dir, 'torn.jsonl');
    for (let cut = 0; cut < Buffer.from(torn).length; cut += 1) {
      writeFileSync(path, Buffer.concat([Buffer.from(whole), Buffer.from(torn).subarray(0, cut)]));
      const log = openEventLog(path, createEventClock());
      assert.equal(log.lastSeq, 1);
      log.append([{ event: 'c' }]);
      log.close();
      assert.deepEqual(
        (await all(path)).map(({ seq, event }) => [seq, event]),
        [
          [1, 'a'],
          [2, 'c'],
        ],
      );
    }
  });

  it('has nothing of a batch that the disk took half of, and goes on with the next', async (t) => {
    const path = join(dir, 'half.jsonl');
    const log = openEventLog(path, createEventClock());
    log.append([{ event: 'a' }]);
    const before = readFileSync(path, 'utf8');
    const write = fs.writeSync;
    t.after(() => Object.assign(fs, { writeSync: write }) && syncBuiltinESMExports());
    let room = 50;
    fs.writeSync = ((file: number, bytes: Buffer, offset: number) => {
      if (room === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const taken = write(file, bytes, offset, Math.min(room, bytes.length - offset));
      room -= taken;
      return taken;
    }) as typeof fs.writeSync;
    syncBuiltinESMExports();
    assert.throws(() => log.append([{ event: 'b' }, { event: 'c', text: 'x'.repeat(100) }]), /no space left/);
    assert.equal(readFileSync(path, 'utf8'), before);
    fs.writeSync = write;
    syncBuiltinESMExports();
    log.append([{ event: 'd' }]);
    log.close();
    assert.deepEqual(
      (await all(path)).map(({ seq, event }) => [seq, event]),
      [
        [1, 'a'],
        [2, 'd'],
      ],
    );
  });

  it('finds its last event behind lines longer than a read, and before zeros of a power cut', () => {
    const path = join(dir, 'long.jsonl');
    writeFileSync(path, `{"seq":41,"time":1,"event":"a","text":"${'x'.repeat(200_000)}"}\n`);
    appendFileSync(path, Buffer.alloc(5000));
    appendFileSync(path, '\n\n');
    const log = openEventLog(path, createEventClock());
    assert.equal(log.lastSeq, 41);
    log.close();
  });

  it('that is not there is empty', async () => assert.deepEqual(await all(join(dir, 'none.jsonl')), []));
});
