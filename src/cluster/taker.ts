import type { ProjectRef } from '../projects/project.ts';
import { within } from './redis.ts';

// Takes jobs from the queue, and notices where it takes none although some wait: connections are known to be alive and
// of no use after a restart of Redis. Then it makes a new one.

/** A job that this process may run while it renews the lock. */
export interface Taken {
  readonly jobId: string;
  readonly ref: ProjectRef;
  /** False: the lock is another's, or gone. Rejects where Redis does not answer. */
  renew(): Promise<boolean>;
  /** The queue forgets it. Never rejects. */
  done(): Promise<void>;
}

export interface Puller {
  pull(): Promise<Taken | undefined>;
  close(): void;
}

export interface TakerOptions {
  make(): Puller;
  /** How many could be taken. */
  waiting(): Promise<number>;
  /** An answer that takes longer does not come; and a job that waits longer beside a free slot is overlooked. */
  readonly silenceMs: number;
  onRecreated(): void;
  onError(error: Error): void;
  now?(): number;
}

export interface Taker {
  /** The next job, undefined if there is none now. Never rejects. */
  take(): Promise<Taken | undefined>;
  close(): void;
}

export function createTaker(options: TakerOptions): Taker {
  const { now = () => performance.now(), silenceMs } = options;
  let puller = options.make();
  let emptySince: number | undefined;

  const recreate = () => {
    puller.close();
    puller = options.make();
    emptySince = undefined;
    options.onRecreated();
  };

  /** It got nothing, again and again, for so long. */
  const looksStuck = async () => {
    emptySince ??= now();
    if (now() - emptySince < silenceMs) return false;
    emptySince = now();
    return (await within(options.waiting(), silenceMs)) > 0;
  };

  return {
    async take() {
      let taken: Taken | undefined;
      try {
        taken = await within(puller.pull(), silenceMs);
        if (taken === undefined && (await looksStuck())) recreate();
      } catch (error) {
        options.onError(error instanceof Error ? error : new Error(String(error)));
        recreate();
      }
      if (taken !== undefined) emptySince = undefined;
      return taken;
    },
    close: () => puller.close(),
  };
}
