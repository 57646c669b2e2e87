import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { childCommand, parentCommand } from '../../src/child/command.ts';
import { createForkStarter, type ForkOptions } from '../../src/child/starter.ts';
import { terminate } from '../../src/child/terminate.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { markedEnvironment } from '../helpers/processes.ts';
import { until } from '../helpers/until.ts';

// Who starts a child: a process that forks, or where there is none the server itself.

const silent = { onLines: () => undefined, onStderr: () => undefined };
const config = { ...FIXTURE_CHILD, weightsDir: undefined, missingWeights: 'fail' } as const;
const { environment } = markedEnvironment();
const forks = parentCommand(config, environment, { threads: 1 });

const parentOf = (pid: number) =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')[1],
  );

function starterWith(more: Partial<ForkOptions> = {}) {
  const starter = createForkStarter({ parent: forks, hasMemory: () => true, ...more });
  after(() => starter.close());
  return {
    starter,
    /** A child, and whose it is. */
    async start() {
      const child = starter.start(childCommand(config, environment, { device: 'cpu', threads: 1 }), silent);
      after(() => terminate(child));
      const pid = await child.started;
      return { child, parent: pid === undefined ? undefined : parentOf(pid) };
    },
  };
}

describe('a child', { skip: process.platform === 'linux' ? false : 'children are forked on Linux alone' }, () => {
  it('is forked by one process, which stays as long as it has a child', async () => {
    const { starter, start } = starterWith();
    const [one, two] = [await start(), await start()];
    assert.equal(one.parent, two.parent);
    assert.notEqual(one.parent, process.pid);
    starter.rest();
    await terminate(one.child);
    assert.equal((await start()).parent, two.parent, 'it had children');
  });

  it('is started by the server without memory for that process', async () => {
    const { start } = starterWith({ hasMemory: () => false });
    assert.equal((await start()).parent, process.pid);
  });

  it('is forked by another process when that one has died', async () => {
    const { start } = starterWith();
    const { child, parent } = await start();
    process.kill(parent ?? assert.fail('no child'), 'SIGKILL');
    await until(() => child.running === false || undefined, 20_000, 'the end of its child');
    const next = await start();
    assert.ok(next.parent !== undefined && next.parent !== parent && next.parent !== process.pid);
  });

  it('is started by the server after the end, when nobody would end a process that forks', async () => {
    const { starter, start } = starterWith();
    await start();
    await starter.close();
    assert.equal((await start()).parent, process.pid);
  });

  it('is started by the server once where that process never gets ready', async () => {
    const { start } = starterWith({ parent: { ...forks, file: '/no/such/python' } });
    const { child, parent } = await start();
    assert.equal(parent, undefined);
    assert.match((await child.ended).reason ?? '', /ENOENT/);
    assert.equal((await start()).parent, process.pid);
  });
});
