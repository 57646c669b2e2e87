import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { after, describe, it } from 'node:test';
import { childCommand, parentCommand } from '../../src/child/command.ts';
import { NICENESS } from '../../src/child/priority.ts';
import { createWarmPool, giveJob, type WarmPoolOptions } from '../../src/child/warm-pool.ts';
import { createForkStarter, createSpawnStarter, type Starting } from '../../src/child/starter.ts';
import { terminate } from '../../src/child/terminate.ts';
import { FIXTURE_CHILD } from '../helpers/fixture-child.ts';
import { markedEnvironment, processesWith } from '../helpers/processes.ts';
import { until } from '../helpers/until.ts';

const silent = { onLines: () => undefined, onStderr: () => undefined };

const WAYS: readonly Starting[] = ['spawn', 'fork'];

function makePool(
  starting: Starting,
  more: Partial<WarmPoolOptions> = {},
  environmentMore: Readonly<Record<string, string>> = {},
  python: string = FIXTURE_CHILD.python,
) {
  const { mark, environment } = markedEnvironment(environmentMore);
  const ready: string[] = [];
  const lost: string[] = [];
  const config = { ...FIXTURE_CHILD, python, weightsDir: undefined, missingWeights: 'fail' } as const;
  const pool = createWarmPool({
    starter:
      starting === 'spawn'
        ? createSpawnStarter()
        : createForkStarter({ parent: parentCommand(config, environment, { threads: 1 }), hasMemory: () => true }),
    slots: 2,
    commandOf: () => childCommand(config, environment, { device: 'cpu', threads: 1 }),
    idleMs: 60_000,
    checkMs: 50,
    minFreeBytes: 0,
    freeBytes: () => 1,
    onReady: ({ torch }) => ready.push(torch),
    onLost: (_slot, words) => lost.push(words),
    ...more,
  });
  after(async () => {
    await pool.close();
    await until(() => processesWith(mark).length === 0, 60_000, 'the end of every child');
  });
  return { pool, ready, lost, mark };
}

for (const starting of WAYS)
  describe(`the warm pool, where children come by ${starting}`, () => {
    it('keeps one child per slot, says what it runs on, and hands it over', async () => {
      const { pool, ready } = makePool(starting);
      for (const slot of [0, 0, 1, 2]) pool.prepare(slot);
      assert.equal(pool.waiting.length, 2);
      await until(() => ready.length === 2);
      const [first] = pool.waiting;
      assert.equal(getPriority(first?.pid), NICENESS.job, 'it steps back behind the server');
      const lines: string[] = [];
      const { child, warm } = pool.take(0, {
        onLines: (batch) => lines.push(...batch.map((line) => ('text' in line ? line.text : ''))),
        onStderr: () => undefined,
      });
      assert.deepEqual([warm, child.pid, pool.waiting.length], [true, first?.pid, 1]);
      giveJob(child, { entry: 'convert', args: ['--project', '/nowhere'] });
      assert.equal((await child.ended).code, 1, 'it looked for its project');
      assert.ok(lines.every((line) => !line.includes('"ready"')));
    });

    it('hands over a child that is still importing; it finds its job when it is done', async () => {
      const { pool, ready } = makePool(starting, {}, { NVIDIA_FIXTURE_IMPORT_MS: '300' });
      pool.prepare(0);
      const { child, warm } = pool.take(0, silent);
      assert.deepEqual([warm, ready.length], [true, 0]);
      giveJob(child, { entry: 'convert', args: ['--project', '/nowhere'] });
      await child.ended;
      assert.ok(ready.length >= 1);
    });

    it('starts cold where the waiting child has died, and says so', async () => {
      const { pool, ready, lost } = makePool(starting);
      pool.prepare(0);
      await until(() => ready.length === 1);
      process.kill(pool.waiting[0]?.pid ?? 0, 'SIGKILL');
      await until(() => lost.length === 1);
      const { child, warm } = pool.take(0, silent);
      assert.equal(warm, false);
      await terminate(child);
    });

    it('ends a child that waits for long, and one when memory gets short', async () => {
      const idle = makePool(starting, { idleMs: 100 });
      idle.pool.prepare(0);
      assert.equal(idle.pool.waiting.length, 1);
      await until(() => processesWith(idle.mark).length === 0 && idle.pool.waiting.length === 0);

      let free = 10;
      const short = makePool(starting, { minFreeBytes: 5, freeBytes: () => free });
      short.pool.prepare(0);
      await until(() => short.ready.length === 1);
      free = 4;
      await until(() => processesWith(short.mark).length === 0);
      short.pool.prepare(0);
      assert.equal(short.pool.waiting.length, 0);
      assert.deepEqual(short.lost, [], 'what is ended on purpose is not lost');
    });

    it('says why a child cannot be started', async () => {
      const { pool, lost } = makePool(starting, {}, {}, '/no/such/python');
      pool.prepare(0);
      await until(() => lost.length === 1);
      assert.match(lost[0] ?? '', /ENOENT/);
    });
  });
