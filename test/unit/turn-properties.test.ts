import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createClock } from '../../tools/simulate/clock.ts';
import { SimulatedServer } from '../../tools/simulate/server.ts';
import type { Outcome, Restart, Work } from '../../tools/simulate/work.ts';

// What must be true of every class, however its jobs come: the rules of the queue and of turns on a virtual clock.

const CLIENTS = 5;
/** Of 25 jobs of 80 epochs; what needs more does not end. */
const MOST_EVENTS = 50_000;
const work = fc.record({
  client: fc.integer({ min: 0, max: CLIENTS - 1 }),
  kind: fc.constantFrom('train' as const, 'train' as const, 'train' as const, 'convert' as const),
  /** Some belong to a project that has other jobs, too. */
  project: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined, freq: 4 }),
  atS: fc.integer({ min: 0, max: 300 }),
  epochs: fc.integer({ min: 1, max: 80 }),
  epochS: fc.integer({ min: 1, max: 15 }),
  loadS: fc.integer({ min: 1, max: 5 }),
  resumeS: fc.integer({ min: 1, max: 3 }),
  endS: fc.integer({ min: 0, max: 3 }),
  bestEpoch: fc.integer({ min: 1, max: 80 }),
  projectType: fc.constantFrom('IMAGE_CLASSIFICATION' as const, 'VOICE_CLASSIFICATION' as const),
  usableEpoch: fc.integer({ min: 1, max: 100 }),
});
/** So many trainings of sounds share a slot at most. */
const MOST_SHARING = 4;
const PHOTOS = { projectType: 'IMAGE_CLASSIFICATION', usableEpoch: 100 } as const;
const scene = fc.record({
  works: fc.array(work, { minLength: 1, maxLength: 25 }),
  slots: fc.integer({ min: 1, max: 3 }),
  threads: fc.integer({ min: 1, max: 6 }),
  slices: fc.record({ leastS: fc.integer({ min: 5, max: 30 }), costs: fc.integer({ min: 0, max: 20 }) }),
  restartsAtS: fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 3 }),
  cancels: fc.array(fc.tuple(fc.nat(24), fc.integer({ min: 0, max: 1_000 })), { maxLength: 5 }),
});
type Scene = typeof scene extends fc.Arbitrary<infer Value> ? Value : never;

function worksOf({ works }: Pick<Scene, 'works'>): Work[] {
  return [...works]
    .sort((one, other) => one.atS - other.atS)
    .map(({ client, kind, project, ...times }, index) => ({
      ...times,
      id: String(index).padStart(4, '0'),
      kind,
      epochs: kind === 'convert' ? 1 : times.epochs,
      project: project === undefined ? `own ${index}` : `project ${project}`,
      client: { workspace: '', address: `client ${client}` },
    }));
}

/** What became of each job, and the order before and after each restart. */
function play(options: Scene): { outcomes: readonly Outcome[]; restarts: readonly Restart[] } {
  const clock = createClock(MOST_EVENTS);
  const server = new SimulatedServer(clock, options);
  const restarts: Restart[] = [];
  const works = worksOf(options);
  for (const one of works) clock.after(one.atS, () => server.submit(one));
  for (const [index, seconds] of options.cancels) {
    const one = works[index % works.length];
    if (one) clock.after(Math.max(seconds, one.atS), () => server.outcomes.has(one.id) && server.cancel(one.id));
  }
  for (const atS of options.restartsAtS) clock.after(atS, () => restarts.push(server.restart()));
  clock.run();
  return { outcomes: [...server.outcomes.values()], restarts };
}

/** The longest turn: what it may train, with the epoch and the end that cannot be cut, and its start. */
function longestTurnS({ works, slices }: Pick<Scene, 'works' | 'slices'>): number {
  const most = (pick: (one: Scene['works'][number]) => number) => Math.max(...works.map(pick));
  const sliceS = Math.max(
    slices.leastS,
    slices.costs *
      Math.max(
        1,
        most((one) => one.resumeS),
      ),
  );
  return (
    most((one) => Math.max(one.loadS, one.resumeS)) +
    // one that has left a turn at once may train for two slices in its next one
    2.25 * sliceS +
    2 * most((one) => one.epochS) +
    most((one) => one.endS)
  );
}

describe('whatever jobs come, are cancelled and cut off by restarts', () => {
  it('every accepted job ends exactly once', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const { outcomes } = play(options);
        assert.equal(outcomes.length, options.works.length);
        for (const { work: one, endsAtS } of outcomes) assert.equal(endsAtS.length, 1, one.id);
      }),
    );
  });

  it('every training has each of its epochs once and in order, in however many turns', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const cancelled = new Set(options.cancels.map(([index]) => index % options.works.length));
        for (const [index, { work: one, epochs }] of play(options).outcomes.entries()) {
          assert.ok(
            epochs.every((epoch, at) => epoch === at + 1),
            `${one.id} has epochs ${epochs.join(' ')}`,
          );
          if (!cancelled.has(index)) assert.equal(epochs.length, one.epochs, one.id);
        }
      }),
    );
  });

  it('a slot has one job, or trainings of sounds with one thread each, and a training the same threads in all turns', () => {
    fc.assert(
      fc.property(scene, (options) => {
        const { outcomes } = play(options);
        const turns = outcomes.flatMap(({ work: one, turns: own }) => own.map((turn) => ({ ...turn, work: one })));
        for (const { slot, fromS, threads, work: one } of turns) {
          const there = turns.filter(
            (turn) => turn.slot === slot && turn.fromS <= fromS && (turn.toS ?? Number.POSITIVE_INFINITY) > fromS,
          );
          assert.ok(there.length <= (threads === 1 ? Math.min(MOST_SHARING, options.threads) : 1), one.id);
          if (there.length > 1)
            assert.ok(
              there.every(
                ({ work: { kind, projectType } }) => kind === 'train' && projectType === 'VOICE_CLASSIFICATION',
              ),
            );
          assert.ok(threads === options.threads || threads === 1);
        }
        for (const { work: one, turns: own } of outcomes)
          assert.ok(new Set(own.map(({ threads }) => threads)).size <= 1, one.id);
      }),
    );
  });

  it('what waits stays in its order over a restart, behind what ran, and so does the round of every new job', () => {
    fc.assert(
      fc.property(scene, (options) => {
        for (const [index, { before, after, interrupted }] of play(options).restarts.entries()) {
          const goOn = new Set(interrupted);
          const others = after.waiting.filter((id) => !goOn.has(id));
          assert.equal(others.join(' '), before.waiting.join(' '));
          assert.equal([...after.roundOf].join(' '), [...before.roundOf].join(' '));
          // At the first restart nothing else has been interrupted before.
          if (index === 0) assert.ok(after.waiting.slice(0, goOn.size).every((id) => goOn.has(id)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nobody starves: no job waits longer than its client and the others have turns in the rounds before it', () => {
    fc.assert(
      fc.property(scene, (whole) => {
        const options = {
          ...whole,
          restartsAtS: [],
          cancels: [],
          slots: 1,
          works: whole.works.map((one) => ({ ...one, project: undefined })),
        };
        const { outcomes } = play(options);
        // A client's own jobs take turns, one in a round of all clients; one that has not improved, or has a good model, waits for two rounds.
        const mostS = (options.works.length + 2) * CLIENTS * longestTurnS(options);
        for (const { work: one, turns } of outcomes) {
          const begins = turns.map(({ fromS }) => fromS);
          const ends = [one.atS, ...turns.map(({ toS }) => toS ?? Number.POSITIVE_INFINITY)];
          for (const [index, fromS] of begins.entries()) {
            const waitedS = fromS - (ends[index] ?? 0);
            assert.ok(waitedS <= mostS, `${one.id} waited ${waitedS} s for turn ${index + 1}, at most ${mostS}`);
          }
        }
      }),
    );
  });
});

describe("a client's backlog", () => {
  it('delays the first turn of another client by no more than one turn for each client before', () => {
    const backlog = fc.array(fc.record({ client: fc.integer({ min: 0, max: CLIENTS - 1 }), atS: fc.nat(300) }), {
      minLength: 2,
      maxLength: 40,
    });
    const same = {
      ...PHOTOS,
      kind: 'train',
      project: undefined,
      epochs: 60,
      epochS: 2,
      loadS: 1,
      resumeS: 1,
      endS: 0,
    } as const;
    const slices = { leastS: 20, costs: 0 };
    fc.assert(
      fc.property(backlog, (asked) => {
        // All but the first job of each other client are of the first one.
        const seen = new Set<number>();
        const works = [...asked]
          .sort((one, other) => one.atS - other.atS)
          .map(({ client, atS }) => {
            const isFirst = !seen.has(client);
            seen.add(client);
            return { ...same, bestEpoch: 60, atS, client: isFirst ? client : 0 };
          });
        const options = { works, slices, slots: 1, threads: 2, restartsAtS: [], cancels: [] };
        const { outcomes } = play(options);
        for (const [index, { work: one, turns }] of outcomes.entries()) {
          if (one.client.address === 'client 0') continue;
          const before = new Set(outcomes.slice(0, index).map(({ work: other }) => other.client.address));
          const waitedS = (turns[0]?.fromS ?? Number.POSITIVE_INFINITY) - one.atS;
          const mostS = before.size * longestTurnS(options);
          assert.ok(
            waitedS <= mostS,
            `${one.id} waited ${waitedS} s behind ${before.size} clients, ${mostS} s at most`,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
