import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface FloodReader {
  /** Numbers of events by job, as they came. */
  readonly ids: ReadonlyMap<string, readonly number[]>;
  /** From the time that the worker stamped on each event of the flood. */
  readonly delaysMs: readonly number[];
  readonly firstMs: number;
  readonly lastMs: number;
  /** Trainings that have ended. */
  readonly ends: number;
  close(): void;
}

/** Reads an event stream, and keeps of each event no more than is counted. Resolves once the stream is open. */
export async function readFlood(url: string): Promise<FloodReader> {
  const outgoing = get(url, { agent: false, headers: { accept: 'text/event-stream' } });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const ids = new Map<string, number[]>();
  const reader = {
    ids,
    delaysMs: [] as number[],
    firstMs: 0,
    lastMs: 0,
    ends: 0,
    close: () => void outgoing.destroy(),
  };
  let rest = '';
  response.setEncoding('utf8');
  response.on('error', () => undefined);
  response.on('data', (chunk: string) => {
    const now = Date.now();
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, job, seq, time, event] = /^id: (\S+):(\d+)\n[^]*"time":([\d.]+),"event":"(\w+)"/.exec(block) ?? [];
      if (job === undefined) continue;
      const seen = ids.get(job) ?? [];
      seen.push(Number(seq));
      ids.set(job, seen);
      if (event === 'train_end') reader.ends += 1;
      if (event !== 'batch_end') continue;
      reader.firstMs ||= now;
      reader.lastMs = now;
      reader.delaysMs.push(now - Number(time) * 1000);
    }
  });
  return reader;
}
