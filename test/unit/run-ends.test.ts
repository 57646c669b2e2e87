import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job } from '../../src/jobs/domain/job.ts';
import { createProgress } from '../../src/jobs/domain/progress.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { end } from '../../src/jobs/domain/transition.ts';
import type { JobRegistry } from '../../src/jobs/job-registry.ts';
import type { StopCause } from '../../src/jobs/run/attempts.ts';
import type { Run, RunEnd, RunOptions } from '../../src/jobs/run/run.ts';
import { createRunEnds } from '../../src/jobs/run-ends.ts';
import { job } from '../helpers/job.ts';

const event = { event: 'yielded', time: 1, epoch: 3, max_epoch: 9, since_best: 1 } as const;
/** The disk is. */
const FULL = Object.assign(new Error('full'), { code: 'ENOSPC' });
const place = { round: 1, since: 'j', again: true } as const;

interface Leaving {
  /** As which it began this turn. */
  readonly training?: Job;
  /** Comes while its state is written. */
  readonly stopped?: StopCause;
  readonly fault?: Error;
  /** Of its log. */
  readonly logFault?: Error;
  /** Percent right in its epoch. */
  readonly accuracy?: number;
  /** How its process ended. */
  readonly ending?: RunEnd;
  /** The server stops. */
  readonly isClosed?: boolean;
}

/** Of a process that took 2 s to the first epoch, which took 30 s, and needs 60 s more. */
function progressOf(training: Job, accuracy: number) {
  let nowMs = 0;
  const progress = createProgress(training.yielded, () => nowMs);
  nowMs = 2_000;
  progress.note({ event: 'epoch_start', time: 1, epoch: 3, max_epoch: 9 });
  nowMs = 32_000;
  progress.note({ event: 'epoch_end', time: 1, epoch: 3, max_epoch: 9, matric: { val_acc: accuracy }, eta_s: 60 });
  return progress;
}

/** The run of a training whose process has left its turn. */
function runOf(training: Job, progress: Run['progress'], ending: RunEnd, stopped: () => StopCause | undefined): Run {
  return {
    job: training,
    slot: { index: 2, device: 'cpu', threads: 1 },
    progress,
    ended: Promise.resolve(ending),
    get stopped() {
      return stopped();
    },
    isAsked: false,
    isFinishing: false,
    askToYield: () => undefined,
    stop: async () => undefined,
  };
}

/** A training leaves its turn, and what becomes of it. */
async function leaveTurn(leaving: Leaving) {
  const { training = job('j', 'active', { attempt: 1 }), accuracy = 50, stopped, fault, logFault } = leaving;
  const progress = progressOf(training, accuracy);
  const longer: boolean[] = [];
  const prepared: number[] = [];
  const resumed: number[] = [];
  const saved: Job[] = [];
  const ended: Job[] = [];
  const did: string[] = [];
  let cause: StopCause | undefined;
  const run = runOf(training, progress, leaving.ending ?? { yielded: event }, () => cause);
  const log = {
    flush() {
      if (logFault) throw logFault;
      did.push('flushed');
    },
    release: () => void did.push('released'),
  };
  const ends = createRunEnds(
    {
      slots: [],
      slotsBeside: [],
      registry: { log: () => log } as unknown as JobRegistry,
      pool: { prepare: (slot) => void prepared.push(slot) },
      run: {
        async save(written: Job) {
          cause = stopped;
          if (fault) throw fault;
          saved.push(written);
          did.push('saved');
        },
        report: () => void did.push('reported'),
      } as unknown as RunOptions,
      finalize: async (of, ending) => end(of, ending, 9),
      onStart: () => undefined,
      onEnded: (of) => void ended.push(of),
      placeAgain(_of, isLonger) {
        longer.push(isLonger);
        return place;
      },
      onYielded: () => undefined,
      overAfter: (_of, trainedS) => trainedS - 20,
      noteResumed: (_of, costS) => void resumed.push(costS),
      onTurnChanged: () => undefined,
    },
    { isClosed: () => leaving.isClosed === true, onFinished: (jobId) => void did.push(`${jobId} finished`) },
  );
  const waiting = await ends.after(run);
  return {
    waiting,
    saved,
    ended: ended.map(({ state, reason }) => [state, reason?.code]),
    did,
    prepared,
    resumed,
    longer,
  };
}

describe('a training that leaves its turn', () => {
  it('waits, on disk first, behind what its log holds, which is no longer held open', async () => {
    const { waiting, saved, ended, did } = await leaveTurn({});
    assert.deepEqual([waiting?.state, waiting?.place, waiting?.yielded?.epoch], ['waiting', place, 3]);
    assert.deepEqual([saved, ended, did], [[waiting], [], ['flushed', 'saved', 'released']]);
  });

  it('keeps what its next turn and its position need, and the next process is made ready', async () => {
    const { waiting, prepared, resumed } = await leaveTurn({});
    assert.deepEqual(waiting?.yielded, { epoch: 3, maxEpoch: 9, remainingS: 60, overS: 10, round: 0 });
    assert.deepEqual([prepared, resumed], [[2], []]);
    assert.deepEqual((await leaveTurn({ isClosed: true })).prepared, [], 'there is none once the server stops');
  });

  it('has a good model for all its later turns, and comes behind those who have none', async () => {
    const sounds = { projectType: 'VOICE_CLASSIFICATION', attempt: 1 } as const;
    const [bad, good] = await Promise.all(
      [89, 90].map((accuracy) => leaveTurn({ training: job('j', 'active', sounds), accuracy })),
    );
    assert.deepEqual([bad?.waiting?.yielded?.usable, bad?.longer], [undefined, [false]]);
    assert.deepEqual([good?.waiting?.yielded?.usable, good?.longer], [true, [true]]);
    const again = job('j', 'active', { ...sounds, yielded: { epoch: 2, maxEpoch: 9, round: 4, usable: true } });
    const { waiting, longer } = await leaveTurn({ training: again, accuracy: 50 });
    assert.deepEqual([waiting?.yielded?.usable, longer], [true, [true]]);
  });

  it('has shown what going on costs if it had left a turn before', async () => {
    const training = job('j', 'active', {
      attempt: 1,
      yielded: { epoch: 2, maxEpoch: 9, round: 4 },
      place: { round: 5, since: 'j' },
    });
    const { waiting, resumed } = await leaveTurn({ training });
    assert.deepEqual([waiting?.yielded?.round, resumed], [5, [2]]);
  });

  it('is cancelled by a cancel that comes in that moment', async () => {
    const { waiting, ended, did } = await leaveTurn({ stopped: { cancelled: reasonOf('cancelled') } });
    assert.deepEqual([waiting, ended], [undefined, [['cancelled', 'cancelled']]]);
    assert.equal(did.at(-1), 'j finished', 'one that replaces it may come');
  });

  it('goes on after a stop of the server that comes in that moment', async () => {
    const { waiting, saved, ended } = await leaveTurn({ stopped: 'interrupted' });
    assert.deepEqual([waiting, saved.map(({ state }) => state), ended], [undefined, ['waiting'], []]);
  });

  it('fails with a sentence where the disk does not take its state or its log, so that nobody waits for it', async () => {
    for (const fault of [{ fault: FULL }, { logFault: FULL }]) {
      const { waiting, ended } = await leaveTurn(fault);
      assert.deepEqual([waiting, ended], [undefined, [['failed', 'disk_full']]]);
    }
  });
});

describe('a job that is interrupted', () => {
  it('has all in its log before its record says that another process may go on with it, and holds it open no longer', async () => {
    const { saved, did } = await leaveTurn({ ending: 'interrupted' });
    assert.deepEqual([saved.map(({ stopped }) => stopped), did], [[true], ['flushed', 'saved', 'released']]);
  });

  it('is marked so also where the disk does not take its log', async () => {
    const { saved, did } = await leaveTurn({ ending: 'interrupted', logFault: FULL });
    assert.deepEqual([saved.map(({ stopped }) => stopped), did], [[true], ['reported', 'saved', 'released']]);
  });
});
