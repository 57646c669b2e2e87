// The pinging client of a benchmark: it requests /ping at a steady pace, and posts all response times (ms) last.
// It is a thread of its own, so that it times the server and not the uploads and downloads of the same client.
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';

if (parentPort === null) throw new Error('tools/bench starts this as a thread');

const { url, everyMs } = workerData;
/** @type {number[]} */
const tookMs = [];
let running = true;
parentPort.once('message', () => (running = false));
while (running) {
  const begun = performance.now();
  await (await fetch(url)).arrayBuffer();
  const took = performance.now() - begun;
  tookMs.push(took);
  await pause(Math.max(0, everyMs - took));
}
parentPort.postMessage(tookMs);
