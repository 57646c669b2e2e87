import type { FastifyBaseLogger } from 'fastify';
import { projectFields } from '../projects/log-fields.ts';
import type { ProjectRef } from '../projects/project.ts';

/** Keeps track of work that goes on after an answer was sent. A stop waits for it, because the next server may write to the same folders. */
export interface Background {
  /** `failed` says in the log what could not be done. */
  run(work: Promise<void>, ref: ProjectRef, failed: string): void;
  finished(): Promise<void>;
}

export function createBackground(log: Pick<FastifyBaseLogger, 'error'>): Background {
  const underWay = new Set<Promise<void>>();
  return {
    run(work, ref, failed) {
      const done = work
        .catch((error: unknown) => log.error({ err: error, ...projectFields(ref) }, failed))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    async finished() {
      await Promise.all(underWay);
    },
  };
}
