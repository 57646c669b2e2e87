import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, it } from 'node:test';
import { NICENESS } from '../../src/child/priority.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { until } from '../helpers/until.ts';

describe('the priority of a job', () => {
  it('holds for its process and, where Linux has it, for its group', async (t) => {
    if (process.platform !== 'linux') return t.skip('children are looked up in /proc');
    const server = await startJobServer({ slots: 1 });
    await server.train('p', { script: 'silent' });
    await server.jobIn('p', 'active');
    const pid = await until(() => childrenOf(process.pid).find((child) => getPriority(child) === NICENESS.job), 60_000, 'a child with the priority of a job');
    const group = `/proc/${pid}/autogroup`;
    if (existsSync(group)) assert.match(readFileSync(group, 'utf8'), new RegExp(`nice ${NICENESS.job}$`, 'm'));
  });
});

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}
