import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, it } from 'node:test';
import { endRecorded, recordProcess } from '../../src/child/process-record.ts';

const onLinux = process.platform === 'linux' ? false : 'only /proc tells processes apart that had one pid';

it('a process that was given the pid of one of ours is left alone', { skip: onLinux }, async () => {
  const other = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  after(() => other.kill('SIGKILL'));
  await once(other, 'spawn');
  const exited = once(other, 'exit');
  const ours = recordProcess(other.pid ?? 0);
  await endRecorded({ ...ours, startTicks: (ours.startTicks ?? 0) - 1 });
  await endRecorded({ ...ours, bootId: 'an earlier start of the machine' });
  await endRecorded({ pid: ours.pid });
  assert.deepEqual([other.exitCode, other.signalCode], [null, null]);
  await endRecorded(ours);
  assert.deepEqual(await exited, [null, 'SIGKILL']);
});
