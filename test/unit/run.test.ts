import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { reasonOf } from '../../src/jobs/domain/reasons.ts';
import { begin, converts, makes, NEVER, type Script, trains } from '../helpers/scripted-run.ts';
import { until } from '../helpers/until.ts';

// One job from its process to its end, with processes that do what the test says.

const cancelled = { cancelled: reasonOf('cancelled') } as const;
const stateOf = (end: unknown) => (typeof end === 'object' && end !== null && 'state' in end ? end.state : end);
const originOf = (output: string) =>
  JSON.parse(readFileSync(join(output, 'origin.json'), 'utf8')) as Record<string, unknown>;

describe('the epochs of a training', () => {
  it('change who is to leave a turn once: when one leaves the first model that can be used', async () => {
    const { run, turnChanges } = await begin([
      async (folders, say) => {
        for (const [index, accuracy] of [60, 95, 70, 99].entries())
          say({ event: 'epoch_end', epoch: index + 1, max_epoch: 4, matric: { val_acc: accuracy } });
        return trains(folders, say);
      },
      converts,
    ]);
    await run.ended;
    assert.equal(turnChanges(), 1);
  });
});

describe('a trained model whose model so far was converted', () => {
  it('is converted from its own folder before it takes that place', async () => {
    const trainsBesideALeftover: Script = async (folders, say) => {
      await makes(join(folders['--output'] ?? '', '..', 'converted'), ['left by an attempt that was interrupted']);
      return trains(folders, say);
    };
    const { run, codes, reported, paths } = await begin([trainsBesideALeftover, converts]);
    assert.equal(stateOf(await run.ended), 'completed');
    assert.deepEqual([codes(), reported], [['converting_again'], []]);
    assert.ok(!existsSync(join(paths.output, 'left by an attempt that was interrupted')));
    assert.equal(originOf(paths.output)['convertedBy'], 'j1');
    assert.ok(existsSync(join(paths.output, 'model_int8.bin')));
  });

  it('is a training in its record meanwhile, of which other processes see that it is finishing', async () => {
    for (const isShared of [false, true]) {
      const { run, saved } = await begin([trains, converts], { isShared });
      await run.ended;
      assert.deepEqual(new Set(saved.map(({ kind }) => kind)), new Set(['train']));
      const flags = saved.map(({ finishing = false }) => finishing);
      assert.deepEqual(flags, isShared ? [false, true, true] : [false, true]);
    }
  });

  for (const [whose, origin] of [
    ['of another training', '{"jobId":"j0","convertedBy":"c0"}'],
    ['its own already, put there before a crash', '{"jobId":"j1"}'],
    ['of nobody knows whom', '{"jobId'],
  ] as const)
    it(`is not converted where output/ is ${whose}`, async () => {
      const { run, codes, reported, paths } = await begin([trains], { origin });
      assert.equal(stateOf(await run.ended), 'completed');
      assert.deepEqual([codes(), reported, originOf(paths.output)['jobId']], [[], [], 'j1']);
      assert.ok(!existsSync(join(paths.output, 'model_int8.bin')), 'no files of two runs');
    });

  it('is converted for the same board', async () => {
    let asked: string | undefined;
    const noting: Script = (folders, say) => {
      asked = folders['--board'];
      return converts(folders, say);
    };
    await (await begin([trains, noting], { board: 'kidbright-mai-plus' })).run.ended;
    assert.equal(asked, 'kidbright-mai-plus');
  });

  it('is no longer stopped once it is being put in place', async () => {
    let stopping: Promise<void> | undefined;
    const { run } = await begin([trains, converts], { whenCommitting: () => (stopping = run.stop(cancelled)) });
    assert.equal(stateOf(await run.ended), 'completed');
    await stopping;
    assert.equal(run.stopped, undefined);
  });

  it('is put in place without files for the board where the server itself cannot convert it, and that is said', async () => {
    const fault = new Error('too many open files');
    const { run, codes, reported, paths } = await begin([trains, fault]);
    assert.equal(stateOf(await run.ended), 'completed');
    assert.deepEqual([codes(), reported], [['converting_again', 'not_converted_again'], [fault]]);
    assert.deepEqual([originOf(paths.output)['convertedBy'], run.isFinishing], [undefined, true]);
    assert.equal(readFileSync(join(paths.output, 'model.pth'), 'utf8'), 'trained');
    assert.ok(!existsSync(join(paths.output, 'model_int8.bin')), 'no files of two runs');
  });

  for (const [cause, end] of [
    [cancelled, 'cancelled'],
    ['interrupted', 'interrupted'],
  ] as const)
    it(`keeps the model so far in its place when the conversion is ${end}, and nothing is said of it`, async () => {
      let begun = () => {};
      const converting = new Promise<void>((resolve) => (begun = resolve));
      const hangs: Script = async () => {
        begun();
        return 'hangs';
      };
      const { run, codes, paths } = await begin([trains, hangs]);
      await converting;
      await run.stop(cause);
      assert.equal(stateOf(await run.ended), end);
      assert.deepEqual(codes(), ['converting_again']);
      assert.ok(existsSync(join(paths.output, 'model_int8.bin')));
    });

  it('is not converted at all when the training is stopped while it waits to be alone', async () => {
    const { run, codes } = await begin([trains], { whenAlone: NEVER });
    await until(() => run.isFinishing || undefined, 20_000, 'the end of its process');
    await run.stop(cancelled);
    assert.equal(stateOf(await run.ended), 'cancelled');
    assert.deepEqual(codes(), []);
  });
});

describe('a fault of the server', () => {
  it('before the process has its job ends that job alone, with a reason', async () => {
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    for (const [fault, code] of [
      [full, 'disk_full'],
      [new Error('unknown'), 'internal'],
    ] as const) {
      const { run, reported } = await begin([fault]);
      const end = await run.ended;
      assert.deepEqual([stateOf(end), reported], ['failed', [fault]]);
      assert.equal(typeof end === 'object' && 'reason' in end && end.reason?.code, code);
    }
  });
});

it('a stop before the job has a process does not wait until that has started', async () => {
  const { run } = await begin([trains], { isStarted: false });
  await run.stop(cancelled);
  assert.equal(stateOf(await run.ended), 'cancelled');
});
