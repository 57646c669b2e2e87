import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepLock } from '../../src/cluster/keep-lock.ts';
import { until } from '../helpers/until.ts';

/** A lock whose renewals are answered so, one after the other and the last one for ever. */
function lockOf(lockMs: number, ...answers: readonly (boolean | Error)[]) {
  const did = { asked: 0, lost: 0 };
  const renew = async () => {
    const answer = answers[Math.min(did.asked, answers.length - 1)] ?? true;
    did.asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const lock = keepLock(renew, { lockMs, renewMs: 10 }, () => void (did.lost += 1));
  return { did, lock };
}

const AWAY = new Error('Redis is away');
const LONG = 600_000;

describe('who keeps a lock', () => {
  it("has lost it where it is another's, and asks no more", async () => {
    const { did } = lockOf(LONG, true, true, false);
    await until(() => did.lost > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(did, { asked: 3, lost: 1 });
  });

  it('keeps it while Redis is away for a short time, and loses it where it stays away', async () => {
    const brief = lockOf(LONG, true, AWAY, AWAY, true);
    await until(() => brief.did.asked > 6);
    assert.equal(brief.did.lost, 0);
    brief.lock.stop();
    const { did } = lockOf(100, true, AWAY);
    await until(() => did.lost > 0);
    assert.equal(did.lost, 1);
  });

  it('keeps it for ever by renewing it, and has lost it after a pause of the whole process, whatever Redis would say', async () => {
    const { did } = lockOf(2_000, true);
    const begun = performance.now();
    await until(() => performance.now() - begun > 2_000);
    assert.equal(did.lost, 0, 'each renewal counts');
    const { asked } = did;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
    await until(() => did.lost > 0);
    assert.deepEqual(did, { asked, lost: 1 });
  });

  it('asks no more once it has let it go', async () => {
    const { did, lock } = lockOf(LONG, true);
    await until(() => did.asked > 0);
    lock.stop();
    const { asked } = did;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(did, { asked, lost: 0 });
  });

  it('has not lost it where it was let go while a renewal was under way', async () => {
    let answer: ((isRenewed: boolean) => void) | undefined;
    let lost = 0;
    const renew = () => new Promise<boolean>((resolve) => (answer = resolve));
    const lock = keepLock(renew, { lockMs: LONG, renewMs: 20 }, () => void (lost += 1));
    await until(() => answer);
    lock.stop();
    answer?.(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lost, 0);
  });
});
