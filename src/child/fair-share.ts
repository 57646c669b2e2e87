import { CHILD_TIMES } from '../time-limits.ts';
import { setGroupNiceness, type SetGroupNiceness } from './group-niceness.ts';
import { NICENESS } from './priority.ts';

// Trainings share the processor with other programs, but give way while the server answers late.
// One for the whole process, as there is one event loop that can be late.

/** Nice value beside other programs: as theirs. With 2 ResNet-18 took 4.3 times as long beside two busy ones. */
const FAIR = 0;

/**
 * Who computes, the least urgent first: trainings and conversions of trained models; a conversion of the model so far,
 * which takes seconds; the process whose first answers a whole class waits for.
 */
export type Work = 'job' | 'model so far' | 'first answers';

export interface FairShare {
  /** Until `gone`, the group of the process gives way while answers are late, and to more urgent work. */
  add(pid: number, gone: Promise<unknown>, work: Work): void;
  /** Whether first answers are being made. */
  setAnswering(answering: boolean): void;
  hasJobs(): boolean;
  /** @param lateMs how late the server's loop has just been */
  check(lateMs: number, nowMs: number): void;
}

/**
 * A training keeps its processor beside a browser, and gives it up while answers are late. Linux weighs sessions
 * against each other (man 7 sched, autogroup), and any user may lower the nice value of a session again, but not that of
 * a process. On other systems only the nice value of the process counts.
 */
export function createFairShare(setNice: SetGroupNiceness): FairShare {
  const groups = new Map<number, Work>();
  let isLate = false;
  let isAnswering = false;
  let lateAt = Number.NEGATIVE_INFINITY;

  const isBehind = (work: Work) => {
    if (work === 'first answers') return false;
    return isAnswering || (work === 'job' && [...groups.values()].includes('model so far'));
  };
  const nicenessOf = (work: Work) => {
    if (isBehind(work)) return NICENESS.background;
    return isLate ? NICENESS.job : FAIR;
  };
  const update = () => {
    for (const [pid, work] of groups) setNice(pid, nicenessOf(work));
  };

  return {
    add(pid, gone, work) {
      groups.set(pid, work);
      if (work === 'model so far') update();
      else setNice(pid, nicenessOf(work));
      const forget = () => {
        groups.delete(pid);
        if (work === 'model so far') update();
      };
      gone.then(forget, forget);
    },
    setAnswering(answering) {
      if (answering === isAnswering) return;
      isAnswering = answering;
      update();
    },
    hasJobs: () => groups.size > 0,
    check(lateMs, nowMs) {
      if (lateMs >= CHILD_TIMES.lateMs) lateAt = nowMs;
      const late = nowMs - lateAt < CHILD_TIMES.calmMs;
      if (late === isLate) return;
      isLate = late;
      update();
    },
  };
}

const share = createFairShare(setGroupNiceness);
let stopWatching = () => {};

/** Call it when a process begins a job. One that waits for a job needs no share, and nobody has to watch the loop. */
export function giveFairShare(pid: number, gone: Promise<unknown>, work: Work = 'job'): void {
  if (!share.hasJobs()) stopWatching = watchLoop();
  share.add(pid, gone, work);
  const leave = () => {
    if (!share.hasJobs()) stopWatching();
  };
  gone.then(leave, leave);
}

/** Jobs step back behind first answers: a class waits for these. */
export function setAnswering(answering: boolean): void {
  share.setAnswering(answering);
}

/** A timer that says itself how late it is: the histogram of node:perf_hooks loses a wait that goes on while it is reset. */
function watchLoop(): () => void {
  let dueMs = performance.now() + CHILD_TIMES.lagTickMs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    share.check(nowMs - dueMs, nowMs);
    dueMs = nowMs + CHILD_TIMES.lagTickMs;
  }, CHILD_TIMES.lagTickMs).unref();
  return () => clearInterval(timer);
}
