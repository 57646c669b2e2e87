import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stopAnywhere, unqueue } from '../../src/cluster/stop-jobs.ts';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import type { Job } from '../../src/jobs/domain/job.ts';
import { job } from '../helpers/job.ts';

describe('a conversion of the model so far that another process has', () => {
  it('is ended by who cancels it where that process is gone', async () => {
    const conversion = job('c', 'active', { kind: 'convert', early: true, inputOf: 't' });
    const did: string[] = [];
    let now = conversion;
    await stopAnywhere(
      {
        parts: { registry: { get: () => now } },
        claims: { cancel: async () => void did.push('flag') },
        sendCancel: () => void did.push('message'),
        records: { readJob: async () => now },
        soFar: {
          endIfLeft: async () => {
            did.push('ended');
            now = { ...conversion, state: 'cancelled' };
          },
        },
        times: { stopWaitMs: 2_000, lookAgainMs: 1 },
      } as never,
      'c',
      { cancelled: reasonOf('cancelled') },
    );
    assert.deepEqual(did, ['flag', 'message', 'ended']);
  });
});

describe('a job that is taken out of the queue', () => {
  const conversion = job('c', 'waiting', { kind: 'convert', early: true, inputOf: 't' });

  interface World {
    readonly known?: Job;
    readonly onDisk?: Job | undefined;
    /** What the queue, and the lease of a conversion, say. */
    readonly isFree?: boolean;
    readonly fence?: number | undefined;
    readonly isAnsweredHere?: boolean;
  }

  /** Whether it may be ended here, and what was asked for that. */
  async function taken(world: World) {
    const { known = job('a'), isFree = true, isAnsweredHere = false } = world;
    const onDisk = 'onDisk' in world ? world.onDisk : known;
    const did: string[] = [];
    const asked = (what: string) => async () => {
      did.push(what);
      return isFree;
    };
    const isTaken = await unqueue(
      {
        parts: {
          registry: { get: () => known, keepInMemory: ({ state, fence }: Job) => did.push(`${state} ${fence}`) },
        },
        ...{
          entries: { remove: asked('queue'), known: async () => new Set([known.id]) },
          soFar: { hold: asked('lease') },
        },
        answers: { giveUp: () => isAnsweredHere },
        records: { readJob: async () => onDisk },
        claims: {
          claim: async (_: Job, isLeft: boolean) => {
            did.push(`claim ${isLeft}`);
            return 'fence' in world ? world.fence : 2;
          },
        },
        ...{ replica: { forget: () => did.push('forgotten') }, rounds: { noteLeft: async () => did.push('left') } },
      } as never,
      known.id,
    );
    return [isTaken, ...did];
  }
  const over = ['forgotten', 'left'];

  it('is claimed, so that whoever has answered for it is not overlooked', async () => {
    assert.deepEqual(await taken({}), [true, 'queue', 'claim false', 'waiting 2', ...over]);
    assert.deepEqual(await taken({ fence: undefined }), [false, 'queue', 'claim false']);
    assert.deepEqual(await taken({ isAnsweredHere: true }), [true, ...over], 'it has it');
  });

  it('is left alone where another process has it', async () => {
    assert.deepEqual(await taken({ isFree: false }), [false, 'queue']);
    assert.deepEqual(await taken({ known: job('a', 'active') }), [false]);
    assert.deepEqual(await taken({ onDisk: job('a', 'active') }), [false, 'queue']);
    assert.deepEqual(await taken({ onDisk: undefined }), [false, 'queue']);
  });

  it('is held by its lease where it is a conversion of a model so far, and taken from whoever has lost it', async () => {
    assert.deepEqual(await taken({ known: conversion }), [true, 'lease', 'claim true', 'waiting 2', ...over]);
    assert.deepEqual(await taken({ known: conversion, isFree: false }), [false, 'lease']);
  });
});

describe('a job that is to end', () => {
  const CAUSE = { cancelled: reasonOf('cancelled') };

  it('is ended at once where it runs here', async () => {
    const stopped: string[] = [];
    const runner = { get: () => ({}), stop: async (id: string) => void stopped.push(id) };
    await stopAnywhere({ worker: { runner } } as never, 'a', CAUSE);
    assert.deepEqual(stopped, ['a']);
  });

  it('has ended when that was said, too', async () => {
    const ended = job('a', 'cancelled');
    const looks: (Job | undefined)[] = [job('a', 'active'), { ...ended, pendingEvent: {} as never }, ended];
    const options = {
      ...{ parts: { registry: { get: () => job('a', 'active') } }, claims: { cancel: async () => undefined } },
      ...{ sendCancel: () => undefined, records: { readJob: async () => looks.shift() } },
      ...{ times: { stopWaitMs: 2_000, lookAgainMs: 1 }, soFar: { endIfLeft: () => assert.fail('it is not early') } },
    };
    await stopAnywhere(options as never, 'a', CAUSE);
    assert.deepEqual(looks, []);
  });
});

describe('a training of this process', () => {
  /** It is asked to stop; then its record says this. */
  const stopped = async (state: 'waiting' | 'cancelled') => {
    const did: string[] = [];
    const cause = { cancelled: reasonOf('cancelled') };
    let now = job('t', 'active');
    await stopAnywhere(
      {
        worker: {
          runner: {
            get: () => ({ stopped: cause }),
            stop: async () => void (now = { ...now, state }),
          },
        },
        parts: { registry: { get: () => now, keepInMemory: () => undefined } },
        claims: { cancel: async () => void did.push('flag'), claim: async () => 2 },
        sendCancel: () => undefined,
        entries: { remove: async () => did.push('out of the queue') > 0 },
        rounds: { noteLeft: async () => undefined },
        replica: { forget: () => undefined },
        records: { readJob: async () => now },
        scheduler: {
          finalize: async () => {
            did.push('ended');
            return now;
          },
          onEnded: () => undefined,
        },
        times: { stopWaitMs: 2_000, lookAgainMs: 1 },
      } as never,
      't',
      cause,
    );
    return did;
  };

  it('is ended there', async () => {
    assert.deepEqual(await stopped('cancelled'), []);
  });

  it('that has left its turn in that moment is ended in the queue', async () => {
    assert.deepEqual(await stopped('waiting'), ['flag', 'out of the queue', 'ended']);
  });
});
