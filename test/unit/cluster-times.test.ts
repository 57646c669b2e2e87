import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLIENT_TIMES as K, CLUSTER_TIMES as C, REMOTE_TIMES as R, STORE_TIMES as S } from '../../src/cluster/times.ts';
import { CHILD_TIMES, JOB_TIMES, LOCK_TIMES, PEOPLE_TIMES } from '../../src/time-limits.ts';

// What the durations of a cluster have to do with each other, and with what docs/cluster.md says of them.

/** Each value lies between two others, for a reason. */
function within(what: Readonly<Record<string, readonly [least: number, value: number, most: number]>>): void {
  for (const [reason, [least, value, most]] of Object.entries(what))
    assert.ok(least <= value && value <= most, `${reason}: ${least} <= ${value} <= ${most}`);
}

describe('the durations of a cluster', () => {
  it('are those of the documents', () => {
    assert.deepEqual([C.lockMs, C.cancelLookMs, C.lockWaitMs], [10_000, 1_000, 30_000]);
    assert.deepEqual([R.signatureMs, R.checkpointMs, R.cachedMs], [30_000, 1_000, 86_400_000]);
    within({ 'a death is noticed within 17 s': [C.lockMs, C.lockMs + 2 * C.stalledMs + C.takeMs, 17_000] });
  });

  it('let a process be late once or twice, and notice one that is gone', () => {
    within({
      'a lock': [C.lockMs / 20, C.renewMs, C.lockMs / 3],
      'a look for locks that ran out': [C.lockMs / 20, C.stalledMs, C.lockMs],
      'a process that is there': [C.tickMs * 3, C.silentMs, C.lockMs],
      'a stream waits for the ticks of the others': [200, C.tickMs, 2_000],
      'a web server that is there': [R.announceMs * 3, R.announcedMs, LOCK_TIMES.silentMs],
      'a web server is found soon': [1_000, R.announceMs, 5_000],
    });
  });

  it('let whoever waits outlive what it waits for', () => {
    within({
      'a lock of a project whose holder died': [C.leaseMs * 2, C.lockWaitMs, 60_000],
      'a holder may pause': [5_000, C.leaseMs, 15_000],
      'a job whose process died': [C.lockMs + 2 * C.stalledMs + 2 * JOB_TIMES.exitGraceMs, C.stopWaitMs, 120_000],
      'an answer of Redis after a look that waits': [C.readMs + C.retryMs, C.connectMs, C.lockMs],
      'a look that waits': [C.tickMs / 2, C.readMs, 2_000],
      'a training that should have left its turn': [JOB_TIMES.leastSliceS * 1_000, C.yieldWaitMs, 600_000],
    });
  });

  it('put into Redis what is missing there, later than whoever should', () => {
    within({
      'changes that come together': [5, C.gatherMs, JOB_TIMES.positionNoticeMs],
      'a new job': [C.silentMs, C.overdueMs, C.lockMs],
      'all jobs': [C.tickMs, C.reconcileMs, C.lockMs],
      'a connection that is of no use': [C.takeMs * 10, C.takeSilenceMs, 2 * C.lockMs],
      'a free slot': [100, C.takeMs, 1_000],
      'tries of an answer': [12 * 3_600_000, C.triesMs, 7 * 86_400_000],
    });
  });

  it('ask neither all the time nor too late', () => {
    within({
      'a lock of a project': [1, C.lockAgainMs, 20],
      'a lock of a project after a while': [4 * C.lockAgainMs, C.lockAgainLongMs, 200],
      'a job that is to end': [20, C.lookAgainMs, C.cancelLookMs / 2],
      'a lost Redis': [10, C.retryStepMs, 200],
      'a lost Redis after a while': [4 * C.retryStepMs, C.retryMs, 2_000],
      'a clock, which drifts by 0.1 ms a second': [10_000, C.clockMs, 100_000],
      'the same fault in the log': [10_000, C.saidAgainMs, 300_000],
    });
  });
});

describe('the durations of what web servers know of clients', () => {
  it('are those of the documents', () => {
    assert.deepEqual([K.answerMs, K.placeMs, K.openedMs], [1_000, 10_000, 12 * 3_600_000]);
  });

  it('cost Redis little, and nothing while it is away', () => {
    within({
      'a web server may be late twice': [K.placeMs / 20, K.sayAgainMs, K.placeMs / 3],
      'one request in many waits for a Redis that is away': [2 * K.answerMs, K.askAgainMs, 30_000],
      'a name is said again long before it is forgotten': [60_000, K.nameAgainMs, PEOPLE_TIMES.rememberedMs / 10],
    });
  });
});

describe('the durations of a store', () => {
  it('are those of the documents', () => {
    assert.deepEqual([S.answerMs, S.againMs, S.addressMs, S.storedMs], [4_000, 30_000, 300_000, 86_400_000]);
  });

  it('end before whoever waits gives up, and before a photo is too old', () => {
    within({
      'a host waits for the web server, which waits for the store': [1_000, S.answerMs, R.idleMs / 2],
      'an address is used at once, by a host that is slow, too': [2 * R.idleMs, S.addressMs, S.lookMs],
      'a look may fail': [600_000, S.lookMs, S.storedMs / 12],
      'a host that does not reach the store': [S.againMs, S.hostAgainMs, 600_000],
    });
  });
});

describe('the durations between web servers and hosts', () => {
  it('end a child that is cut off before its job goes on elsewhere', () => {
    within({
      'two questions without an answer': [0, 2 * (R.pollMs + R.requestMs + R.retryMs), C.lockMs - R.pollMs],
      'a question': [500, R.pollMs, 2_000],
      'an answer': [2_000, R.requestMs, C.lockMs / 2],
      'the next attempt': [50, R.retryMs, 500],
      'a cancel within 2 s, whatever the host says': [300, R.killMs, 2_000 - CHILD_TIMES.termGraceMs - 400],
      'the next offer': [200, R.offerAgainMs, 2_000],
    });
  });

  it('do not take what is slow for a child that hangs, and give up before', () => {
    within({
      'a list of inputs': [JOB_TIMES.silenceMs / 2, R.manifestMs, JOB_TIMES.silenceMs],
      'a file that stands still': [5_000, R.idleMs, JOB_TIMES.silenceMs / 4],
      'a folder that is synced': [2 * R.idleMs, R.putMs, JOB_TIMES.silenceMs / 2],
      'photos that nobody used': [300_000, R.cacheLookMs, R.cachedMs / 24],
    });
  });
});
