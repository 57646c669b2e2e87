import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const EVERY_MS = 20;

/** How long each /ping took (ms) while the work was done. */
export async function pingMeanwhile<Value>(
  base: string,
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly pings: readonly number[] }> {
  const pinger = new Worker(new URL('./pinger.mjs', import.meta.url), {
    workerData: { url: `${base}/ping`, everyMs: EVERY_MS },
    execArgv: [],
  });
  const pinged = once(pinger, 'message') as Promise<[number[]]>;
  try {
    const value = await work();
    pinger.postMessage('enough');
    const [pings] = await pinged;
    return { value, pings };
  } finally {
    await pinger.terminate();
  }
}
