import { PREFIX, type Redis } from '../../src/cluster/redis.ts';
import { Counts } from '../../src/counts.ts';
import { createClock } from './clock.ts';
import { type Fate, SimulatedCluster } from './cluster.ts';
import { jainIndex } from './fairness.ts';
import { createTimings, type TimingRow } from './timings.ts';
import type { Work } from './work.ts';

// A district whose classrooms all press Train at about the same time, on the queue of a cluster.

export interface DistrictOptions {
  readonly redis: Redis;
  readonly classrooms: number;
  /** Every tenth classroom asks for so many trainings, the others for one. */
  readonly backlog: number;
  readonly hosts: number;
  readonly slotsEach: number;
}

export interface DistrictResult {
  readonly timings: readonly TimingRow[];
  readonly fates: readonly Fate[];
  /** The rounds of the trainings in the order in which they were started. */
  readonly rounds: readonly number[];
  /** Jain's index of the trainings that those who wait have had in the least fair round, without those who cancelled one. */
  readonly jain: number;
  /** By how many trainings they differ at most. */
  readonly apart: number;
  /** How many trainings of one other classroom were started at most while a first training of a classroom waited. */
  readonly passedBy: number;
  /** The most that waited at once, and bytes of Redis then; and bytes when all is over. */
  readonly waited: number;
  readonly redisBytes: number;
  readonly redisBytesAfter: number;
  /** What is left in Redis of places of jobs. */
  readonly placesLeft: number;
}

/** All press Train within this time. */
const PRESS_S = 60;
const SECONDS = { loadS: 1, resumeS: 1, endS: 1 };
/** Every hundredth job is cancelled when all have been sent; so many ask for their position. */
const CANCELLED = 100;
const ASKING = 100;

export async function simulateDistrict(options: DistrictOptions): Promise<DistrictResult> {
  const { redis, hosts, slotsEach } = options;
  const clock = createClock();
  const timings = createTimings();
  const cluster = await SimulatedCluster.create({ redis, clock, timings, hosts, slotsEach, pauseS: 0.05 });
  const works = worksOf(options);
  for (const work of works) clock.after(work.atS, () => cluster.submit(work));
  const peak = { waited: 0, redisBytes: 0 };
  clock.after(PRESS_S, async () => {
    const some = (every: number) => works.filter((_, index) => index % every === every - 1);
    for (const { id } of some(CANCELLED)) await cluster.cancel(id);
    for (const { id } of some(ASKING)) await cluster.position(id);
    peak.waited = await cluster.lookAtAll();
    peak.redisBytes = await usedBytes(redis);
  });
  await clock.runInTurn();
  await cluster.close();
  const fates = [...cluster.fates.values()];
  const started = cluster.started.flatMap((id) => cluster.fates.get(id) ?? []);
  return {
    ...{ timings: timings.rows(), fates, rounds: started.map(({ place }) => place.round) },
    ...fairnessOfRounds(started, new Set(fates.filter(({ isCancelled }) => isCancelled).map(classroomOf))),
    passedBy: passedBy(started),
    ...peak,
    redisBytesAfter: await usedBytes(redis),
    placesLeft: (await redis.keys(`${PREFIX}:rounds:of:*`)).length,
  };
}

function worksOf({ classrooms, backlog }: DistrictOptions): Work[] {
  const works: Work[] = [];
  for (let classroom = 0; classroom < classrooms; classroom += 1) {
    const client = { workspace: `c${classroom}`, address: 'pupil' };
    const atS = (PRESS_S * classroom) / classrooms;
    for (let n = 0; n < (classroom % 10 === 9 ? backlog : 1); n += 1) {
      const id = String(works.length).padStart(8, '0');
      // between half and twice of a minute; 0.618… spreads them evenly in any order
      const epochS = 2 * 4 ** (((works.length * 0.618_034) % 1) - 0.5);
      works.push({ id, kind: 'train', project: `p${n}`, client, atS, epochs: 30, epochS, ...SECONDS });
    }
  }
  return works;
}

/** In each round: the trainings started of those who waited from its first start to its last one, and wait on. */
function fairnessOfRounds(
  started: readonly Fate[],
  gaveUp: ReadonlySet<string>,
): Pick<DistrictResult, 'jain' | 'apart'> {
  const worst = { jain: 1, apart: 0 };
  for (const round of new Set(started.map(({ place }) => place.round))) {
    const inRound = started.filter(({ place }) => place.round === round);
    const beginsAtS = inRound[0]?.startsAtS[0] ?? 0;
    const waited = started.filter(({ place, work }) => place.round > round && work.atS < beginsAtS).map(classroomOf);
    const had = new Counts();
    for (const fate of inRound) had.add(classroomOf(fate));
    const counts = [...new Set(waited)]
      .filter((classroom) => !gaveUp.has(classroom))
      .map((classroom) => had.of(classroom));
    worst.jain = Math.min(worst.jain, jainIndex(counts));
    worst.apart = Math.max(worst.apart, apartOf(counts));
  }
  return worst;
}

/** `started` in its order. */
function passedBy(started: readonly Fate[]): number {
  // of the first trainings that were asked for before so many had been started, the one that was started last
  const latest = Array<number>(started.length + 1).fill(-1);
  started.forEach(({ ahead, startedBefore }, at) => {
    if (ahead === 0) latest[startedBefore] = at;
  });
  latest.forEach((at, index) => (latest[index] = Math.max(at, latest[index - 1] ?? -1)));
  const ofClassroom = new Map<string, number[]>();
  started.forEach((fate, at) => {
    const starts = ofClassroom.get(classroomOf(fate)) ?? [];
    ofClassroom.set(classroomOf(fate), [...starts, at]);
  });
  let most = 0;
  for (const starts of ofClassroom.values())
    for (const [index, from] of starts.entries())
      while ((starts[index + most] ?? Infinity) < (latest[from] ?? -1)) most += 1;
  return most;
}

function classroomOf({ work }: Fate): string {
  return work.client.workspace;
}

function apartOf(counts: readonly number[]): number {
  const sorted = counts.toSorted((a, b) => a - b);
  return (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
}

async function usedBytes(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0);
}
