import type { FastifyBaseLogger } from 'fastify';
import type { ProjectRef } from '../projects/project.ts';

/** Work that goes on after the answer. The next server may write in the same folders, so a stop waits for it. */
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
        .catch((error: unknown) => log.error({ err: error, project: ref.id }, failed))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    async finished() {
      await Promise.all(underWay);
    },
  };
}
