import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { MinHeap } from '../../src/jobs/domain/min-heap.ts';

it('the least number of a heap is that of all of them, whatever it is replaced by', () => {
  const some = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(some, fc.array(fc.integer({ min: 0, max: 80 })), (numbers, replacements) => {
      const heap = new MinHeap(numbers);
      const all = [...numbers];
      for (const number of replacements) {
        const least = Math.min(...all);
        assert.equal(heap.least, least);
        heap.replaceLeast(number);
        all[all.indexOf(least)] = number;
      }
      assert.deepEqual([heap.least, heap.size], [Math.min(...all), all.length]);
    }),
  );
});
