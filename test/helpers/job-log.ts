import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LoggedEvent {
  readonly seq: number;
  readonly time: number;
  readonly event: string;
  readonly epoch?: number;
  readonly code?: string;
  readonly place?: number;
}

/** What a job has logged. Only whole lines are events: the last one may be torn by a kill, or just being written. */
export function jobLog(projects: string, project: string, jobId: string): LoggedEvent[] {
  return readFileSync(join(projects, project, 'jobs', jobId, 'events.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as LoggedEvent] : []));
}

/** The epochs that a log says are done, in its order. */
export const epochsIn = (log: readonly LoggedEvent[]): (number | undefined)[] =>
  log.filter(({ event }) => event === 'epoch_end').map(({ epoch }) => epoch);
