import type { Redis } from '../../src/cluster/redis.ts';
import { createClock } from './clock.ts';
import { type Fate, SimulatedCluster } from './cluster.ts';
import { createTimings } from './timings.ts';
import type { Work } from './work.ts';

// Classes that press Train at once, on the hosts of a cluster: when each has its first answer, and how busy the hosts are.

export interface HostsOptions {
  readonly redis: Redis;
  readonly pupils: number;
  readonly hosts: number;
  /** Undefined: first answers come with the trainings. */
  readonly answerS: number | undefined;
}

export interface HostsResult {
  readonly fates: readonly Fate[];
  /** Seconds from pressing Train to the first answer of the last one who has it, and of half of them. */
  readonly lastAnswerS: number;
  readonly medianAnswerS: number;
  /** Seconds until the last training has ended. */
  readonly endS: number;
  /** The part of the time of all slots, from the first Train to the last end, in which a training ran. */
  readonly utilisation: number;
}

/** Of one H200, as in main.ts: a training of 30 epochs. Projects differ by a factor of four. */
const TRAINING = { epochs: 30, epochS: 0.12, loadS: 0.3, resumeS: 0.5, endS: 0.3 };
const SPREAD = 4;
const PRESS_S = 2;
/** From the end of a job to the start of the next one: docs/performance.md has 0.015 to 0.056 s. */
const PAUSE_S = 0.05;
/** Classes of forty. */
const CLASS = 40;

export async function simulateHosts({ redis, pupils, hosts, answerS }: HostsOptions): Promise<HostsResult> {
  const clock = createClock();
  const lane = answerS === undefined ? {} : { answerS };
  const shape = { hosts, slotsEach: 1, pauseS: PAUSE_S, ...lane };
  const cluster = await SimulatedCluster.create({ redis, clock, timings: createTimings(), ...shape });
  for (const work of worksOf(pupils)) clock.after(work.atS, () => cluster.submit(work));
  await clock.runInTurn();
  await cluster.close();
  const fates = [...cluster.fates.values()];
  const answers = fates.map(({ work, answersAtS: [atS = Infinity] }) => atS - work.atS).sort((a, b) => a - b);
  const endS = Math.max(...fates.map(({ endsAtS: [atS = Infinity] }) => atS));
  return {
    ...{ fates, endS, utilisation: cluster.busyS / (hosts * endS) },
    lastAnswerS: answers.at(-1) ?? 0,
    medianAnswerS: answers[Math.floor(answers.length / 2)] ?? 0,
  };
}

function worksOf(pupils: number): Work[] {
  return Array.from({ length: pupils }, (_, pupil) => {
    const id = String(pupil).padStart(6, '0');
    const client = { workspace: `class ${Math.floor(pupil / CLASS)}`, address: `pupil ${pupil % CLASS}` };
    const size = SPREAD ** (((pupil * 0.618_034) % 1) - 0.5);
    const atS = (PRESS_S * pupil) / Math.max(1, pupils - 1);
    return { ...TRAINING, id, kind: 'train', project: id, client, atS, epochS: TRAINING.epochS * size };
  });
}
