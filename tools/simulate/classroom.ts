import { createMemoryQueue } from '../../src/jobs/domain/memory-queue.ts';
import type { SliceRule } from '../../src/jobs/domain/turns.ts';
import { createClock } from './clock.ts';
import { fairnessOf, type Fairness } from './fairness.ts';
import { SimulatedServer } from './server.ts';
import type { Outcome, Work } from './work.ts';

// A class that presses Train at about the same time: first answers in their lane, trainings in turns.

/** Seconds are of one project, as they were measured. */
export interface ClassOptions {
  readonly pupils: number;
  /** Within which all press Train. */
  readonly pressS: number;
  readonly slots: number;
  readonly slices: SliceRule;
  /** The lane answers one project after the other, and so long for each; 0: there are no first answers, as for sounds and boxes. */
  readonly answerS: number;
  /** The epoch that leaves the first model that a pupil can use; undefined: nobody looks at that. */
  readonly usableEpoch?: number;
  readonly epochs: number;
  readonly epochS: number;
  readonly loadS: number;
  readonly resumeS: number;
  readonly endS: number;
  /** How many times longer an epoch takes while the lane works. */
  readonly besideLane: number;
  /** Projects differ: the longest epoch takes so many times as long as the shortest. */
  readonly spread: number;
}

export interface ClassResult {
  readonly outcomes: readonly Outcome[];
  /** Seconds from pressing Train, by pupil. */
  readonly answersS: readonly number[];
  readonly firstTurnsS: readonly number[];
  readonly trainedS: readonly number[];
  /** Those who had a model of an epoch that they can use. */
  readonly usableS: readonly number[];
  /** When the last training ended. */
  readonly endS: number;
  /** The least fair minute, while some still wait for their first turn and afterwards. */
  readonly firstRound: Fairness;
  readonly later: Fairness;
  /** Trainings that never ended. */
  readonly starved: number;
}

const MINUTE_S = 60;

export function simulateClass(options: ClassOptions): ClassResult {
  const clock = createClock();
  const works = Array.from({ length: options.pupils }, (_, index) => workOf(options, index));
  const lane = answerInTurn(works, options);
  const laneEndS = options.answerS === 0 ? 0 : Math.max(...lane);
  const server = new SimulatedServer(clock, {
    slots: options.slots,
    slices: options.slices,
    slowness: () => (clock.nowS < laneEndS ? options.besideLane : 1),
  });
  for (const work of works) clock.after(work.atS, () => server.submit(work));
  const fairness = watchMinutes(clock.after, server, works);
  clock.run();
  const outcomes = [...server.outcomes.values()];
  const ends = outcomes.map(({ endsAtS }) => endsAtS[0] ?? Number.POSITIVE_INFINITY);
  return {
    outcomes,
    answersS: works.map(({ atS }, index) => (lane[index] ?? 0) - atS),
    firstTurnsS: outcomes.map(({ work, turns }) => (turns[0]?.fromS ?? Number.POSITIVE_INFINITY) - work.atS),
    usableS: outcomes.flatMap(({ work, usableAtS }) => (usableAtS === undefined ? [] : [usableAtS - work.atS])),
    trainedS: outcomes.map(({ work }, index) => (ends[index] ?? 0) - work.atS),
    endS: Math.max(...ends),
    ...fairness,
    starved: ends.filter((end) => !Number.isFinite(end)).length,
  };
}

/** Pupils press Train evenly over the time, and their projects differ by a fixed pattern, so that a run can be repeated. */
function workOf(options: ClassOptions, index: number): Work {
  const name = String(index).padStart(6, '0');
  // Between 1/√spread and √spread of the usual time; 0.618… spreads them evenly in any order.
  const size = options.spread ** (((index * 0.618_034) % 1) - 0.5);
  return {
    id: name,
    kind: 'train',
    project: name,
    ...(options.answerS === 0 ? { projectType: 'VOICE_CLASSIFICATION' as const } : {}),
    ...(options.usableEpoch === undefined ? {} : { usableEpoch: options.usableEpoch }),
    client: { workspace: '', address: `pupil ${name}` },
    atS: (options.pressS * index) / Math.max(1, options.pupils - 1),
    epochs: options.epochs,
    epochS: options.epochS * size,
    loadS: options.loadS,
    resumeS: options.resumeS,
    endS: options.endS,
  };
}

/** When each has the first answer: one process, which takes clients in the order of the queue, one project each in a round. */
function answerInTurn(works: readonly Work[], { answerS }: ClassOptions): number[] {
  const queue = createMemoryQueue();
  const answeredAt = new Map<string, number>();
  let nowS = 0;
  let next = 0;
  while (answeredAt.size < works.length) {
    for (let work = works[next]; work && work.atS <= nowS; work = works[++next]) {
      const clientKey = work.client.address;
      queue.add({ id: work.id, clientKey, group: '', place: queue.placeFor(clientKey, work.id), begun: false });
    }
    const item = queue.take();
    if (item) answeredAt.set(item.id, (nowS += answerS));
    else nowS = works[next]?.atS ?? nowS;
  }
  return works.map(({ id }) => answeredAt.get(id) ?? Number.POSITIVE_INFINITY);
}

/** Looks at those who wait at the end of every minute; what it returns is the least fair of all looks. */
function watchMinutes(
  after: (seconds: number, happen: () => void) => void,
  server: Pick<SimulatedServer, 'outcomes' | 'isWaiting'>,
  works: readonly Work[],
): Pick<ClassResult, 'firstRound' | 'later'> {
  const worst = { firstRound: FAIR, later: FAIR };
  let left = [...works];
  const look = () => {
    left = left.filter(({ id }) => server.outcomes.get(id)?.endsAtS.length !== 1);
    const waiting = left
      .filter(({ id }) => server.isWaiting(id))
      .map(({ id }) => server.outcomes.get(id)?.turns ?? [])
      .map((turns) => ({ turns: turns.length, trainedS: turns.reduce((sum, turn) => sum + turn.trainedS, 0) }));
    const round = waiting.some(({ turns }) => turns === 0) ? 'firstRound' : 'later';
    worst[round] = worseOf(worst[round], fairnessOf(waiting));
    if (left.length > 0) after(MINUTE_S, look);
  };
  after(MINUTE_S, look);
  return worst;
}

const FAIR: Fairness = { perTurn: 1, turnsApart: 0 };

function worseOf(one: Fairness, other: Fairness): Fairness {
  return {
    perTurn: Math.min(one.perTurn, other.perTurn),
    turnsApart: Math.max(one.turnsApart, other.turnsApart),
  };
}
