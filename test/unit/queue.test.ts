import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMemoryQueue } from '../../src/jobs/domain/memory-queue.ts';
import type { Queue, QueueItem } from '../../src/jobs/domain/queue.ts';

// What every queue must do; a queue of another kind is added to this table.
const QUEUES: readonly (readonly [string, () => Queue])[] = [['memory-queue', createMemoryQueue]];

for (const [name, create] of QUEUES) {
  describe(name, () => {
    const fill = (queue: Queue, ...ids: string[]): QueueItem[] =>
      ids.map((id) => {
        // 'a2' is the second job of client a; the number makes ids sort by time.
        const clientKey = id[0] ?? '';
        const item = {
          id,
          clientKey,
          group: clientKey,
          place: queue.placeFor(clientKey, String(counter++).padStart(4, '0')),
          begun: false,
        };
        queue.add(item);
        return item;
      });
    let counter = 0;
    const order = (queue: Queue) => queue.order().map(({ id }) => id);
    const drain = (queue: Queue) => {
      const ids: string[] = [];
      for (let item = queue.take(); item; item = queue.take()) ids.push(item.id);
      return ids;
    };

    it('is first come, first served for one client', () => {
      const queue = create();
      fill(queue, 'a1', 'a2', 'a3');
      assert.deepEqual(drain(queue), ['a1', 'a2', 'a3']);
      assert.equal(queue.take(), undefined);
    });

    it('lets clients take turns: ten jobs of one do not block a class', () => {
      const queue = create();
      fill(queue, ...Array.from({ length: 10 }, (_, n) => `a${n}`), 'b0', 'c0', 'b1');
      assert.deepEqual(drain(queue).slice(0, 6), ['a0', 'b0', 'c0', 'a1', 'b1', 'a2']);
    });

    it('puts newcomers before the second job of who was just served', () => {
      const queue = create();
      fill(queue, 'a1');
      assert.equal(queue.take()?.id, 'a1');
      fill(queue, 'a2', 'a3', 'b1', 'c1');
      assert.deepEqual(drain(queue), ['b1', 'c1', 'a2', 'a3']);
    });

    it("does not hold yesterday's jobs against a client", () => {
      const queue = create();
      fill(queue, 'a1', 'a2', 'a3');
      drain(queue);
      fill(queue, 'a4', 'b1');
      fill(queue, 'b2');
      assert.deepEqual(drain(queue), ['b1', 'a4', 'b2']);
    });

    it('gives a job that takes the place of another the same place', () => {
      const queue = create();
      const [first] = fill(queue, 'a1', 'b1', 'c1');
      assert.ok(first);
      assert.equal(queue.remove('a1'), true);
      queue.add({ ...first, id: 'a9' });
      assert.deepEqual(order(queue), ['a9', 'b1', 'c1']);
    });

    it('takes interrupted jobs first, in their order', () => {
      const queue = create();
      const [a1, , c1] = fill(queue, 'a1', 'b1', 'c1');
      assert.ok(a1 && c1);
      queue.remove('c1');
      queue.add({ ...c1, begun: true });
      queue.remove('a1');
      queue.add({ ...a1, begun: true });
      assert.deepEqual(order(queue), ['a1', 'c1', 'b1']);
    });

    it('is in the same order when filled again in any order, as after a restart', () => {
      const queue = create();
      fill(queue, 'a1', 'a2', 'a3', 'b1');
      const started = queue.take();
      fill(queue, 'c1', 'b2', 'a4', 'd1');
      const before = order(queue);
      const again = create();
      assert.ok(started);
      again.noteStarted(started.clientKey, started.place);
      for (const item of [...queue.order()].reverse()) again.add(item);
      assert.deepEqual(order(again), before);
      const next = (q: Queue) => q.placeFor('a', '9999');
      assert.deepEqual(next(again), next(queue));
    });

    /** What leaves its turn, and waits for the next one. */
    const addAgain = (queue: Queue, { id, clientKey, group, place }: QueueItem, stalled = false) => {
      const [next] = queue.next(() => true, 1);
      const again = queue.placeAgain(clientKey, place.since, next?.place, stalled);
      queue.add({ id, clientKey, group, place: again, begun: false });
    };
    const takeOf = (queue: Queue) => queue.take() ?? assert.fail('nothing waits');

    it('gives nobody a second turn before everybody had the first one', () => {
      const queue = create();
      fill(queue, 'a1', 'b1', 'c1');
      addAgain(queue, takeOf(queue));
      addAgain(queue, takeOf(queue));
      fill(queue, 'd1');
      assert.deepEqual(order(queue), ['c1', 'd1', 'a1', 'b1']);
      // In the round of second turns as well.
      [takeOf(queue), takeOf(queue)].forEach((item) => addAgain(queue, item));
      addAgain(queue, takeOf(queue));
      fill(queue, 'e1');
      assert.deepEqual(order(queue), ['e1', 'b1', 'c1', 'd1', 'a1']);
    });

    it("lets a client's own jobs take turns, too", () => {
      const queue = create();
      fill(queue, 'a1', 'a2', 'b1');
      addAgain(queue, takeOf(queue));
      assert.deepEqual(order(queue), ['b1', 'a2', 'a1']);
    });

    it('puts what has not improved a round further back', () => {
      const queue = create();
      fill(queue, 'a1', 'b1', 'c1');
      addAgain(queue, takeOf(queue), true);
      addAgain(queue, takeOf(queue));
      addAgain(queue, takeOf(queue));
      assert.deepEqual(order(queue), ['b1', 'c1', 'a1']);
      addAgain(queue, takeOf(queue));
      addAgain(queue, takeOf(queue));
      assert.deepEqual(order(queue), ['a1', 'b1', 'c1']);
    });

    it('leaves the turn to the next one, however many rounds further back that waits', () => {
      const queue = create();
      fill(queue, 'a1', 'b1', 'b2', 'b3', 'b4');
      const a1 = takeOf(queue);
      for (const id of ['b1', 'b2', 'b3']) queue.remove(id);
      addAgain(queue, a1);
      assert.deepEqual(order(queue), ['b4', 'a1']);
      // Two that had turns before, the older one leaves its turn to the younger one.
      addAgain(queue, takeOf(queue));
      assert.deepEqual(order(queue), ['a1', 'b4']);
      addAgain(queue, takeOf(queue));
      assert.deepEqual(order(queue), ['b4', 'a1']);
    });

    it('is in the same order after a restart with trainings that have left their turn', () => {
      const queue = create();
      fill(queue, 'a1', 'b1', 'c1', 'a2');
      const [a1, b1] = [takeOf(queue), takeOf(queue)];
      addAgain(queue, a1);
      addAgain(queue, b1, true);
      const again = create();
      for (const { clientKey, place } of [a1, b1]) again.noteStarted(clientKey, place);
      for (const item of [...queue.order()].reverse()) again.add(item);
      assert.deepEqual(order(again), order(queue));
      for (const client of ['a', 'b', 'c', 'd'])
        assert.deepEqual(again.placeFor(client, '9999'), queue.placeFor(client, '9999'), client);
    });

    it('shows the next ones that may start, and keeps them', () => {
      const queue = create();
      fill(queue, 'a1', 'b1', 'c1', 'd1');
      const next = (most: number) => queue.next((id) => id !== 'b1', most).map(({ id }) => id);
      assert.deepEqual([next(0), next(1), next(2), next(9)], [[], ['a1'], ['a1', 'c1'], ['a1', 'c1', 'd1']]);
      assert.equal(order(queue).length, 4);
    });

    it('does not do more for each of many jobs than for each of a few', () => {
      let looks = 0;
      const looksPerJob = (count: number, clients: number) => {
        const queue = create();
        looks = 0;
        for (let n = 0; n < count; n += 1) {
          const clientKey = `c${n % clients}`;
          const { round, since } = queue.placeFor(clientKey, String(n).padStart(6, '0'));
          // Every other one stands far in front: a job that has another's place.
          const wanted = n % 2 ? round : round % 7;
          queue.add({
            id: `j${n}`,
            clientKey,
            group: clientKey,
            begun: false,
            place: {
              get round() {
                looks += 1;
                return wanted;
              },
              since,
            },
          });
        }
        for (let n = 0; n < count; n += 3) assert.equal(queue.remove(`j${n}`), true);
        for (let n = 0; n < count / 4; n += 1) queue.take();
        return looks / count;
      };
      for (const clients of [1, 40, 100_000]) {
        const [few, many] = [looksPerJob(1_000, clients), looksPerJob(16_000, clients)];
        // 16 times as many: twice the looks of a search by halves at most; a walk through all would need 16 times as many.
        assert.ok(many < 3 * few, `${few} looks a job of 1,000, ${many} of 16,000 (${clients} clients)`);
      }
    });

    it('is in order whatever is added and removed', () => {
      const queue = create();
      let seed = 1;
      const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
      const known = new Map<string, QueueItem>();
      for (let n = 0; n < 6_000; n += 1) {
        const id = `j${String(random(3_000)).padStart(4, '0')}`;
        if (known.delete(id)) assert.equal(queue.remove(id), true);
        else {
          const item = {
            id,
            clientKey: `c${random(30)}`,
            group: `g${random(5)}`,
            place: {
              round: random(50),
              since: String(random(90) + 10),
              ...(random(3) === 0 ? { again: true as const } : {}),
            },
            begun: random(9) === 0,
          };
          known.set(id, item);
          queue.add(item);
        }
      }
      const rank = ({ id, place, begun }: QueueItem) =>
        `${begun ? 0 : 1} ${String(place.round + 10)} ${place.again ? 1 : 0} ${place.since} ${id}`;
      assert.deepEqual(
        order(queue),
        [...known.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).map(({ id }) => id),
      );
      assert.equal(queue.waitingOf('g3'), [...known.values()].filter(({ group }) => group === 'g3').length);
    });

    it('says whether it had what is removed', () => {
      const queue = create();
      fill(queue, 'a1', 'b1');
      assert.deepEqual([queue.remove('a1'), queue.remove('a1'), order(queue)], [true, false, ['b1']]);
    });
  });
}
