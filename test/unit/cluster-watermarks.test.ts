import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSharedClock } from '../../src/cluster/clock.ts';
import { createWatermarks } from '../../src/cluster/watermarks.ts';

describe('watermarks', () => {
  it('nothing is passed on before everything earlier has come, whatever the order in which processes are heard', () => {
    const steps = fc.array(fc.record({ node: fc.integer({ min: 0, max: 2 }), late: fc.integer({ min: 0, max: 6 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (writes) => {
        const marks = createWatermarks<number>(Infinity);
        for (const node of ['0', '1', '2']) marks.promise(node, 0, 0);
        // each process is heard in order, and some later than others
        const sent = writes.map(({ node, late }, index) => ({ node, stamp: index + 1, at: index + late }));
        for (const one of sent)
          for (const other of sent)
            if (other.node === one.node && other.stamp > one.stamp) other.at = Math.max(other.at, one.at);
        const passed: number[] = [];
        for (const { node, stamp } of sent.toSorted((a, b) => a.at - b.at || a.stamp - b.stamp)) {
          marks.promise(String(node), stamp, 0);
          marks.hold(stamp, stamp);
          passed.push(...marks.release());
          assert.deepEqual(
            passed,
            passed.toSorted((a, b) => a - b),
          );
          assert.ok(passed.every((known) => known <= marks.released));
        }
        for (const node of ['0', '1', '2']) marks.promise(node, writes.length, 0);
        passed.push(...marks.release());
        assert.deepEqual(
          passed,
          sent.map(({ stamp }) => stamp),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('who is silent for too long, or says that it ends, is not waited for', () => {
    const marks = createWatermarks<string>(100);
    marks.promise('a', 1, 0);
    marks.promise('b', 1, 0);
    marks.hold(5, 'five');
    marks.promise('a', 5, 90);
    assert.deepEqual(marks.release(), []);
    marks.promise('a', 6, 101);
    assert.deepEqual(marks.release(), ['five']);
    marks.promise('b', 6, 102);
    marks.hold(8, 'eight');
    marks.promise('a', 8, 103);
    assert.deepEqual(marks.release(), []);
    marks.leave('b');
    assert.deepEqual(marks.release(), ['eight']);
  });

  it('messages of one stamp stay in the order in which they came', () => {
    const marks = createWatermarks<string>(100);
    for (const message of ['first', 'second', 'third']) marks.hold(5, message);
    marks.promise('a', 5, 0);
    assert.deepEqual(marks.release(), ['first', 'second', 'third']);
  });

  it('where nobody is there, nothing is passed on', () => {
    const marks = createWatermarks<string>(100);
    marks.hold(5, 'five');
    assert.deepEqual(marks.release(), []);
    assert.equal(marks.released, 0);
  });

  it('who joins with an earlier promise takes back nothing, and is waited for from then on', () => {
    const marks = createWatermarks<string>(100);
    marks.promise('a', 5, 0);
    marks.release();
    marks.promise('b', 2, 1);
    marks.hold(7, 'seven');
    marks.promise('a', 7, 2);
    assert.deepEqual(marks.release(), []);
    assert.equal(marks.released, 5);
  });

  it('another Redis whose clock is behind that of the first holds nothing up', () => {
    const marks = createWatermarks<string>(100);
    for (const node of ['a', 'b']) marks.promise(node, 1, 10_000);
    marks.hold(5, 'five');
    for (const node of ['a', 'b']) marks.promise(node, 5, 3);
    assert.deepEqual(marks.release(), ['five']);
  });

  it('says how late what is held goes', () => {
    const marks = createWatermarks<string>(100);
    assert.equal(marks.latest, 0);
    for (const stamp of [5, 8, 6]) marks.hold(stamp, '');
    assert.equal(marks.latest, 8);
  });
});

describe('the clock of one process among others', () => {
  it('goes forward, also if the clock of the computer does not, and no two slots have a stamp in common', () => {
    const clocks = [3, 4].map((slot) =>
      createSharedClock(
        slot,
        () => 0,
        () => 1_700_000_000,
      ),
    );
    const stamps = clocks.map((clock) => Array.from({ length: 50 }, () => clock.next()));
    for (const own of stamps)
      assert.deepEqual(
        own,
        own.toSorted((a, b) => a - b),
      );
    assert.equal(new Set(stamps.flat()).size, 100);
    const [clock] = clocks;
    for (const seconds of [1_800_000_000, 1_750_000_000]) clock?.advance(seconds);
    assert.ok((clock?.next() ?? 0) > 1_800_000_000);
    assert.equal(clock?.last, Number(clock?.last.toFixed(6)));
  });

  it('is the clock of Redis, however far that of the computer is from it', () => {
    const stamps = [-40, 0, 40].map((offset) =>
      createSharedClock(
        1,
        () => offset,
        () => 1_700_000_000 - offset,
      ).next(),
    );
    assert.equal(new Set(stamps).size, 1);
    assert.ok(Math.abs((stamps[0] ?? 0) - 1_700_000_000) < 0.001);
  });
});
