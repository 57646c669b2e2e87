import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NICENESS, setGroupNiceness } from './priority.ts';

// Of the whole process, as the lateness of its loop is.

/** Nice value beside other programs: beside two busy ones a training takes three times as long, with 10 eleven times. */
const FAIR = 2;
const CHECK_MS = 250;
const RESOLUTION_MS = 10;
/** From here on the server's loop counts as late, and with it every answer that waits for it. */
const LATE_MS = 20;
/** Jobs stay back so long after that. */
const CALM_MS = 3_000;

export interface FairShare {
  /** Until `gone`, the group of the process gives way only while answers are late. */
  add(pid: number, gone: Promise<unknown>): void;
  hasJobs(): boolean;
  /** Called every 250 ms. @param latestMs how late the loop woke up since the last call */
  check(latestMs: number, nowMs: number): void;
}

/**
 * A training keeps its processor beside a browser, and gives it up while answers are late. Linux weighs sessions
 * against each other (man 7 sched, autogroup), and unlike the niceness of a process that of a session may sink again
 * without any right. Elsewhere the niceness of the process holds alone.
 */
export function createFairShare(setNice: (pid: number, niceness: number) => void): FairShare {
  const jobs = new Set<number>();
  let niceness: number = FAIR;
  let lateAt = Number.NEGATIVE_INFINITY;
  return {
    add(pid, gone) {
      jobs.add(pid);
      setNice(pid, niceness);
      const forget = () => jobs.delete(pid);
      gone.then(forget, forget);
    },
    hasJobs: () => jobs.size > 0,
    check(latestMs, nowMs) {
      if (latestMs >= LATE_MS) lateAt = nowMs;
      const wanted = nowMs - lateAt < CALM_MS ? NICENESS.job : FAIR;
      if (wanted === niceness) return;
      niceness = wanted;
      for (const pid of jobs) setNice(pid, niceness);
    },
  };
}

const share = createFairShare(setGroupNiceness);
let stopWatching = () => {};

/** For a job's process, right after its start. */
export function giveFairShare(pid: number, gone: Promise<unknown>): void {
  if (!share.hasJobs()) stopWatching = watchLoop();
  share.add(pid, gone);
  const leave = () => {
    if (!share.hasJobs()) stopWatching();
  };
  gone.then(leave, leave);
}

function watchLoop(): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const timer = setInterval(() => {
    // what it tells is the time from one awakening to the next
    share.check(delay.max / 1e6 - RESOLUTION_MS, performance.now());
    delay.reset();
  }, CHECK_MS).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}
