import { KeyedMutex } from '../files/mutex.ts';
import { ownBytes, treeBytes } from '../files/tree-size.ts';
import type { ProjectAccess } from './project-access.ts';
import type { ProjectRef } from './project.ts';
import {
  hasLimits,
  type QuotaLimits,
  quotaState,
  refusalOfTraining,
  refusalOfUpload,
  type QuotaState,
} from './quota.ts';
import { createUsageMeter } from './usage.ts';

// Keeps each classroom within the room that the settings give it.

export interface ClassroomRoom {
  state(workspace: string): Promise<QuotaState | undefined>;
  admitTraining(workspace: string): Promise<void>;
  /**
   * Put an upload in place if there is room for it. One at a time in a classroom: of two uploads for which there is room
   * only once, the second is measured after the first.
   */
  admit(ref: ProjectRef, upload: string, put: () => Promise<void>): Promise<void>;
  changed(ref: ProjectRef): void;
}

export function createClassroomRoom(
  { folders, paths }: Pick<ProjectAccess, 'folders' | 'paths'>,
  limits: QuotaLimits,
): ClassroomRoom {
  if (!hasLimits(limits)) return WITHOUT_LIMITS;
  const mutex = new KeyedMutex();
  const meter = createUsageMeter({ ids: folders.scan, rootOf: (ref) => paths(ref).root });
  return {
    state: async (workspace) => quotaState(await meter.of(workspace), limits),
    async admitTraining(workspace) {
      const refusal = refusalOfTraining(await meter.of(workspace), limits);
      if (refusal !== undefined) throw refusal;
    },
    admit: (ref, upload, put) =>
      mutex.run(ref.workspace, async () => {
        const isNew = !(await folders.lookUp(ref));
        const [usage, bytes, freedBytes] = await Promise.all([
          meter.of(ref.workspace),
          treeBytes(upload),
          isNew ? 0 : ownBytes(paths(ref).dataset),
        ]);
        const refusal = refusalOfUpload(usage, { bytes, freedBytes, isNew }, limits);
        if (refusal !== undefined) throw refusal;
        try {
          await put();
        } finally {
          meter.changed(ref);
        }
      }),
    changed: meter.changed,
  };
}

const WITHOUT_LIMITS: ClassroomRoom = {
  state: async () => undefined,
  admitTraining: async () => undefined,
  admit: (_ref, _upload, put) => put(),
  changed: () => undefined,
};
