import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import { childrenOf, memoryOf } from './process-memory.ts';
import { withServer } from './running-server.ts';

const SETTLE_MS = 3_000;

export const start: Benchmark = {
  about: 'start to listening, memory of an idle server and of the waiting child',
  async *run(bench) {
    const listening: number[] = [];
    const server: number[] = [];
    const child: number[] = [];
    await withServer(await bench.tempDir(), {}, async () => {}); // a changed source is built into one file first
    for (let repeat = 0; repeat < bench.repeats; repeat += 1) {
      const begun = performance.now();
      await withServer(await bench.tempDir(), {}, async (running) => {
        listening.push((performance.now() - begun) / 1000);
        await running.warm();
        await pause(SETTLE_MS);
        server.push(memoryOf(running.pid).now);
        child.push(...childrenOf(running.pid).map((pid) => memoryOf(pid).now));
      });
    }
    const data = 'no projects';
    yield { name: 'start_to_listening', unit: 's', values: listening, data, goal: 'median <= 1' };
    yield { name: 'memory_idle_server', unit: 'MB', values: server, data };
    yield { name: 'memory_waiting_child', unit: 'MB', values: child, data };
  },
};
