import { KeyedMutex } from '../files/mutex.ts';
import { treeBytes } from '../files/tree-size.ts';
import { QUOTA_TIMES } from '../time-limits.ts';
import { type ProjectRef, refKey } from './project.ts';
import type { Usage } from './quota.ts';

// Measures how much the projects of a classroom take on the disk, each again only when it may have changed.

export interface UsageMeter {
  of(workspace: string): Promise<Usage>;
  /** Something in this project has changed, or it is gone. */
  changed(ref: ProjectRef): void;
}

export interface UsageMeterOptions {
  ids(workspace: string): Promise<readonly string[]>;
  rootOf(ref: ProjectRef): string;
  /** What grows without anybody saying so (a checkpoint, a log) is measured again after this time. */
  readonly againMs?: number;
}

interface Measured {
  readonly bytes: number;
  readonly at: number;
}

export function createUsageMeter({ ids, rootOf, againMs = QUOTA_TIMES.measureAgainMs }: UsageMeterOptions): UsageMeter {
  const known = new Map<string, Measured>();
  const mutex = new KeyedMutex();

  const bytesOf = async (ref: ProjectRef) => {
    const key = refKey(ref);
    const before = known.get(key);
    const now = performance.now();
    if (before !== undefined && now - before.at < againMs) return before.bytes;
    // what comes while it is measured is measured by the next one who asks
    known.delete(key);
    const bytes = await treeBytes(rootOf(ref));
    if (!known.has(key)) known.set(key, { bytes, at: now });
    return bytes;
  };

  return {
    of: (workspace) =>
      mutex.run(workspace, async () => {
        const all = await ids(workspace);
        let bytes = 0;
        for (const id of all) bytes += await bytesOf({ workspace, id });
        return { bytes, projects: all.length };
      }),
    changed: (ref) => void known.set(refKey(ref), { bytes: 0, at: Number.NEGATIVE_INFINITY }),
  };
}
